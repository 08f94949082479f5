"""Which modules of this package a notebook uses, directly or through others.

A page is redone when one of them changes, and left alone when another part of the package does.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import nbformat

PACKAGE = Path(__file__).resolve().parents[1]


def modules_used(notebook: Path) -> list[Path]:
    """The package's source files that the code cells of a notebook import, sorted."""
    return _modules_used(notebook, notebook.stat().st_mtime_ns)


@functools.cache
def _modules_used(notebook: Path, _changed: int) -> list[Path]:
    cells = nbformat.read(notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return sorted(closure(imported(code)))


def closure(names: Iterator[str] | list[str]) -> set[Path]:
    """The files of these modules, and of all that they import in turn."""
    found: set[Path] = set()
    waiting = list(names)
    while waiting:
        file = source_file(waiting.pop())
        if file is not None and file not in found:
            found.add(file)
            waiting.extend(imported(file.read_text(encoding="utf-8")))
    return found


def imported(code: str) -> Iterator[str]:
    """Every module of the package that the code may mean: `from a import b` is a, or a.b.

    The packages that a module lies in are left out: what they offer besides is not used.
    """
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if source_file(name) else node.module for name in inside]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == PACKAGE.name)


def source_file(module: str) -> Path | None:
    """The file of a module or of a package; None where the name is something inside a module."""
    place = PACKAGE.parent.joinpath(*module.split("."))
    return next((f for f in (place / "__init__.py", place.with_suffix(".py")) if f.is_file()), None)
