"""Storage: writes files in such a way that they appear whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from steering.errors import Refused


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place only if the block succeeds.

    Raises Refused where the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    # safetensors has an error of its own for a full disk.
    except (OSError, SafetensorError) as error:
        raise unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: Exception) -> Refused:
    """Return the sentence for a path that the operating system would not let us write."""
    reason = getattr(error, "strerror", None) or str(error)
    return Refused(
        f"{str(path)!r} could not be written ({reason}): "
        "name a folder with room that you may write to."
    )


def _umask() -> int:
    # mkstemp makes files private; results are meant to be read by others like any other file.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(value: Any, path: Path) -> Path:
    """Return the path of a JSON file that appears whole or not at all."""
    with replaced(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path
