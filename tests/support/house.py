"""What is held of the whole code: each check takes a clone and says what is wrong with it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST = 250
LONGEST_FUNCTION = 60
CODE = ("steering", "training", "experiments")
HEAVY = ("torch", "transformers", "nnsight")
# Whoever only reads results goes through these, and may not wait for PyTorch.
ENTRIES = (
    "steering.cli.main",
    "steering.measuring.measure",
    "steering.report.runner",
    "steering.report.jobs.page",
    "steering.report.jobs.book",
)
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers"}
PICKLES = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
CODE_OF_OTHERS = ("trust_remote_code", "allow_pickle")
MACHINE = re.compile(r"(?<![\w.~-])/(?:root|work|farm|mnt|home/\w+|Users/\w+)/|" + "bash" + "_jobs")
BESIDE = "../" + "shared"  # a folder beside the clone: .ci/run alone may look there


def contracts(root: Path) -> dict[str, Any]:
    """The contracts of the house, by their ids."""
    declared = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract for contract in declared["contracts"]}


def modules(root: Path, folder: str = "steering") -> dict[str, Path]:
    """Name and file of every module in a folder; a package has the name of its folder."""
    found = {}
    for path in sorted((root / folder).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def unordered(root: Path) -> list[str]:
    """What import-linter finds: imports that go up, circles, modules on no floor, torch."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200", "NO_COLOR": "1"}
    run = subprocess.run(
        [*command, "--no-cache"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return []
    _, _, broken = (run.stdout + run.stderr).partition("Broken contracts")
    lines = [line.strip("-• ") for line in (broken or run.stdout + run.stderr).splitlines()]
    return ["; ".join(line for line in lines if line)]


def heavy_at_import(root: Path) -> list[str]:
    """What of torch and its kin is loaded by the entry points and the floors without it."""
    light = contracts(root)["without-torch"]["source_modules"]
    entries = [name for name in ENTRIES if name in modules(root)]
    names = [n for n in modules(root) if any(n == f or n.startswith(f + ".") for f in light)]
    code = f"import sys\nfor name in {names + entries!r}:\n    __import__(name)\n"
    code += f"    for heavy in {HEAVY!r}:\n"
    code += "        if sys.modules.get(heavy): sys.exit(f'{name} loads {heavy}')\n"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    return [] if run.returncode == 0 else [run.stderr.strip().splitlines()[-1]]


def too_long(root: Path) -> list[str]:
    lengths = {
        path: len(path.read_text().splitlines())
        for folder in CODE
        for path in modules(root, folder).values()
    }
    return [f"{p.relative_to(root)}: {n} lines" for p, n in lengths.items() if n > LONGEST]


def functions_too_long(root: Path) -> list[str]:
    """Functions of more than sixty lines, docstring and decorators aside."""
    faults = []
    for folder in CODE:
        for name, path in modules(root, folder).items():
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    told = ast.get_docstring(node, clean=False)
                    lines = (node.end_lineno or 0) - node.lineno + 1
                    lines -= len(told.splitlines()) if told else 0
                    if lines > LONGEST_FUNCTION:
                        faults.append(f"{name}.{node.name}: {lines} lines")
    return faults


def untested(root: Path) -> list[str]:
    """Modules of the package without a test file of their name, in a folder of the same name."""
    faults = []
    for path in modules(root).values():
        place = path.relative_to(root / "steering")
        test = root / "tests" / place.parent / f"test_{place.name}"
        if place.name != "__init__.py" and not test.is_file():
            faults.append(f"steering/{place} has no {test.relative_to(root)}")
    return faults


def vaguely_named(root: Path) -> list[str]:
    """Files, functions and classes whose name says nothing of what they do."""
    named = []
    for folder in CODE:
        for name, path in modules(root, folder).items():
            named.append(name)
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    named.append(f"{name}.{node.name}")
    faults = []
    for name in named:
        last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition(".")[2]).lower()
        if last.startswith("get_") or VAGUE & set(last.split("_")):
            faults.append(name)
    return faults


def defaults(arguments: ast.arguments) -> Iterator[tuple[str, Any]]:
    """Name and constant default of each argument that has one."""
    places = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    values = [*arguments.defaults, *arguments.kw_defaults]
    for argument, default in zip([*places, *arguments.kwonlyargs], values, strict=True):
        if isinstance(default, ast.Constant):
            yield argument.arg, default.value


def untrusted(root: Path) -> list[str]:
    """Code that would run what a file brings with it: pickles, or a model's own code unasked."""
    faults = []
    for name, path in modules(root).items():
        tree = ast.parse(path.read_text())
        # With `weights_only` a tensor file is read and nothing that it brings is run.
        harmless = {
            node.func
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for word in node.keywords
            if word.arg == "weights_only" and getattr(word.value, "value", None) is True
        }
        for node in ast.walk(tree):
            line = f"{name}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Import(names=aliases):
                    heads = {alias.name.partition(".")[0] for alias in aliases}
                    faults += [f"{line} imports {head}" for head in heads & PICKLES]
                case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in PICKLES:
                    faults.append(f"{line} imports {module}")
                case ast.Attribute(value=ast.Name(id="torch"), attr="load"):
                    faults += [] if node in harmless else [f"{line} calls torch.load"]
                case ast.Attribute(attr="read_pickle" | "to_pickle" as attribute):
                    faults.append(f"{line} calls {attribute}")
                case ast.keyword(arg=str(word), value=ast.Constant(value=True)):
                    faults += [f"{line} sets {word}"] if word in CODE_OF_OTHERS else []
                case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
                    on = [name for name, default in defaults(arguments) if default is True]
                    faults += [f"{line} has {name} on" for name in on if name in CODE_OF_OTHERS]
    return faults


def tracked(root: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    paths = [root / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def with_outputs(root: Path) -> list[str]:
    """Committed notebooks that keep what a run left in them."""
    faults = []
    for path in tracked(root):
        if path.suffix == ".ipynb":
            notebook = json.loads(path.read_text())
            code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
            if any(cell["outputs"] or cell["execution_count"] for cell in code):
                faults.append(f"{path.relative_to(root)} has outputs")
            if "papermill" in notebook["metadata"]:
                faults.append(f"{path.relative_to(root)} keeps the record of a run")
    return faults


def with_equal_cells(root: Path) -> list[str]:
    """Committed notebooks with two cells of one id: a link to such a cell leads to either."""
    faults = []
    for path in tracked(root):
        if path.suffix == ".ipynb":
            cells = json.loads(path.read_text())["cells"]
            counts = Counter(cell["id"] for cell in cells if "id" in cell)
            twice = [name for name, count in counts.items() if count > 1]
            faults += [f"{path.relative_to(root)} has several cells {name}" for name in twice]
    return faults


def of_one_machine(root: Path) -> list[str]:
    """Tracked text that names a folder which only one machine has."""
    faults = []
    for path in tracked(root):
        content, name = path.read_bytes(), path.relative_to(root).as_posix()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if MACHINE.search(line) or (BESIDE in line and name != ".ci/run"):
                faults.append(f"{name}:{number} {line.strip()[:80]}")
    return faults
