"""Where the data beside the package lies: found from the clone that the package runs from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from steering.errors import Refused

DATA_VARIABLE = "STEERING_DATA"


def clone() -> Path:
    """Return the top folder of the clone.

    Raises Refused where the package was installed without one: concepts, models and notebooks
    are read from the clone, not from the wheel.
    """
    top = Path(__file__).resolve().parents[1]
    if not (top / "pyproject.toml").is_file() or not (top / "concepts").is_dir():
        raise Refused(
            f"the package runs from {top}, which is no clone of the repository: its concepts/, "
            "models/ and notebooks/ are needed; clone the repository and run `make install` there."
        )
    return top


def concepts_folder() -> Path:
    """Return the folder of our own concepts, one folder a concept."""
    return clone() / "concepts"


def models_folder() -> Path:
    """Return the folder of the embedded models, one folder a model."""
    return clone() / "models"


def measured_folder() -> Path:
    """Return the folder of committed results of runs too long for the default report."""
    return clone() / "measured"


def notebooks_folder() -> Path:
    """Return the folder of the notebook templates."""
    return clone() / "notebooks"


def book_folder() -> Path:
    """Return the folder of the book's hand-written pages; the default report is built in it."""
    return clone() / "book"


def data_folder(data_dir: Path | str | None = None) -> Path | None:
    """Return the folder of public data sets: the one given, else `STEERING_DATA`, else none.

    Raises Refused where the folder named does not exist.
    """
    named = data_dir or os.environ.get(DATA_VARIABLE) or None
    if named is None:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        source = "--data-dir" if data_dir else DATA_VARIABLE
        raise Refused(f"{source} names {str(folder)!r}, which is not a folder of data sets.")
    return folder


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
