"""A home for the process where it has none: containers and clusters run users without one."""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def some_home() -> Iterator[None]:
    """Set HOME to a temporary folder during the block if the user's own cannot be written.

    Libraries keep caches there, and stop where they cannot. Models that lie in the user's own home
    are still found. A user whom the system has no name for is called by a number.
    """
    before = dict(os.environ)
    if not _named():
        os.environ["USER"] = str(os.getuid())
    own = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is no home
    if own != "~" and os.access(own, os.W_OK | os.X_OK):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="steering-home-") as folder:
        os.environ["HOME"] = folder
        models = Path(own, ".cache", "huggingface")
        if os.access(models, os.R_OK):
            os.environ.setdefault("HF_HOME", str(models))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _named() -> bool:
    try:
        return bool(getpass.getuser())
    except (KeyError, OSError):
        return False
