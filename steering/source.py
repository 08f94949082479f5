"""Hashes of the package's own source, without comments and docstrings.

Measurements and pages are made again when the code or the data files behind them change. Only this
module decides whether code has changed: `code_hash` of folders and
modules, `definition_hash` of one function and of what it uses, `modules_used` by a piece of code.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import io
import json
import sys
import tokenize
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent


def code_hash(places: Iterable[str], without: Iterable[str] = ()) -> str:
    """Return a hash of the code and the data files in some folders and modules of the package.

    Args:
        places: folders like `forward` and modules like `concepts/items`.
        without: modules, and data files by their whole name, that are left out although their
            folder is named.
    """
    left_out = {PACKAGE / (name if "." in name else f"{name}.py") for name in without}
    return files_hash({*_files(places)} - left_out)


def files_hash(files: Iterable[Path]) -> str:
    """Return a hash of some source and data files of the package."""
    texts = {str(file.relative_to(PACKAGE.parent)): _counted(file) for file in files}
    return value_hash(texts)


@cache
def definition_hash(definition: Any) -> str:
    """Return a hash of a function or class, and of what of its own module it refers to.

    So an entry of a registry can change, or another one can join it, without the others' hash.
    What cannot be read as source, such as a function that was typed into a console, is taken by
    its name.
    """
    module = sys.modules.get(getattr(definition, "__module__", ""), None)
    try:
        text = inspect.getsource(module) if module else ""
    except (OSError, TypeError):
        text = ""
    parts = _definitions(text)
    wanted, waiting = {}, [str(getattr(definition, "__qualname__", definition)).split(".")[0]]
    while waiting:
        name = waiting.pop()
        if name in parts and name not in wanted:
            wanted[name] = normalised(ast.get_source_segment(text, parts[name]) or "")
            waiting.extend(n.id for n in ast.walk(parts[name]) if isinstance(n, ast.Name))
    return value_hash(wanted or repr(getattr(definition, "__qualname__", definition)))


def value_hash(value: Any) -> str:
    """Return a hash of anything that JSON can say."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def modules_used(code: str) -> list[Path]:
    """Return the files of the package that a piece of code imports, directly or through others."""
    files: set[Path] = set()
    waiting = list(imported(code))
    while waiting:
        file = _file_of(waiting.pop())
        if file is not None and file not in files:
            files.add(file)
            waiting.extend(_imported(file, file.stat().st_mtime_ns))
    # Data files lie beside the module that reads them.
    beside = (data for folder in {file.parent for file in files} for data in folder.glob("*.toml"))
    return sorted({*files, *beside})


def imported(code: str) -> Iterator[str]:
    """Return every module of the package that the code may mean: `from a import b` is a, or a.b.

    The packages that a module lies in are left out: what they offer besides is not used.
    """
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if _file_of(name) else node.module for name in inside]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == PACKAGE.name)


def normalised(code: str) -> str:
    """Return code without docstrings, comments and blank lines, which do not change what it does.

    Taken from the text, not from a syntax tree, whose form differs between versions of Python.
    """
    lines = code.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                for row in range(first.lineno, (first.end_lineno or first.lineno) + 1):
                    lines[row - 1] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _files(places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        folder = PACKAGE / place
        if folder.is_dir():
            yield from (f for f in folder.rglob("*") if f.suffix in {".py", ".toml"})
        else:
            yield folder.with_suffix(".py")


def _counted(file: Path) -> Any:
    return _read(file, file.stat().st_mtime_ns)


@cache
def _read(file: Path, _changed: int) -> Any:
    text = file.read_text(encoding="utf-8")
    return tomllib.loads(text) if file.suffix == ".toml" else normalised(text)


@cache
def _imported(file: Path, _changed: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(imported(file.read_text(encoding="utf-8"))))


def _file_of(module: str) -> Path | None:
    """Return the file of a module or package; None where the name is something inside a module."""
    place = PACKAGE.parent.joinpath(*module.split("."))
    return next((f for f in (place / "__init__.py", place.with_suffix(".py")) if f.is_file()), None)


@cache
def _definitions(text: str) -> dict[str, ast.AST]:
    parts: dict[str, ast.AST] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts |= {t.id: node for t in targets if isinstance(t, ast.Name)}
    return parts
