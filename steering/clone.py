"""Where the clone is that the package runs from, and where its folders of data lie.

A package that was installed from a wheel has no clone. Concepts and models are inside the wheel
then; notebooks, pages and most of the committed results are not: what needs them is refused.
"""

from __future__ import annotations

import os
from pathlib import Path

from steering.errors import Refused

DATA_VARIABLE = "STEERING_DATA"
# Where setup.py puts concepts and models in a wheel.
SHIPPED = "shipped"


def clone() -> Path:
    """Return the top folder of the clone.

    Raises Refused where the package was installed without one: notebooks, pages of the book and
    most of the committed results are read from the clone, not from the wheel.
    """
    top = Path(__file__).resolve().parents[1]
    if not _is_clone(top):
        raise Refused(
            f"this needs a clone of the repository, and the package runs from {top} without one: "
            "clone the repository and run `make install` there; measuring, checking, generating "
            "and exporting need none."
        )
    return top


def _is_clone(top: Path) -> bool:
    return (top / "pyproject.toml").is_file() and (top / "concepts").is_dir()


def _kept(name: str) -> Path:
    """Return a folder of the clone or, where there is no clone, of the installed package."""
    package = Path(__file__).resolve().parent
    inside = package / SHIPPED / name
    return inside if inside.is_dir() and not _is_clone(package.parent) else clone() / name


def concepts_folder() -> Path:
    """Return the folder of our own concepts, one folder a concept."""
    return _kept("concepts")


def models_folder() -> Path:
    """Return the folder of the embedded models, one folder a model."""
    return _kept("models")


def measured_folder() -> Path:
    """Return the folder of committed results of runs too long for the default report.

    In a wheel it holds only what `steering predict` reads.
    """
    return _kept("measured")


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
