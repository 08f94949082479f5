"""Staleness: one hash of all that a page is made from. A page is made again if its hash changes.

The hash covers the notebook, the code that it imports directly or indirectly (without comments and
docstrings, see `steering.source`), the data files that it shows, and the measurements behind it.
The times of files play no part.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat

from steering.records.crossed import crossed_file
from steering.records.matrix import matrix_file
from steering.source import files_hash, modules_used, value_hash


def page_hash(template: Path, data: Iterable[Path], more: Any) -> str:
    """Return the hash of a page.

    Args:
        template: its notebook.
        data: files that it reads besides the results of runs.
        more: what else it depends on: its parameters, the identities of measurements.
    """
    changed = template.stat().st_mtime_ns
    return value_hash([_notebook_hash(template, changed), data_hash(data), more])


def data_hash(files: Iterable[Path]) -> str:
    """Return the hash of some files by name and content."""
    return value_hash([(file.name, _content_hash(file, file.stat().st_mtime_ns)) for file in files])


def run_hash(run: Path) -> str:
    """Return the hash of a committed run: of its files, and of what other vectors do beside it."""
    beside = [file for file in (matrix_file(run), crossed_file(run)) if file.is_file()]
    return data_hash([*sorted(run.iterdir()), *beside])


def notebook_code(template: Path) -> str:
    """Return the code cells of a notebook as one piece of code."""
    cells = nbformat.read(template, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


@functools.cache
def _notebook_hash(template: Path, _changed: int) -> str:
    cells = nbformat.read(template, as_version=4).cells
    shown = [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in cells]
    return value_hash([shown, files_hash(modules_used(notebook_code(template)))])


@functools.cache
def _content_hash(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
