"""Where the clone is that the package runs from, and where its folders of data lie."""

from __future__ import annotations

import os
from pathlib import Path

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
