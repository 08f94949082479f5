"""What is held of the whole code: each check takes a clone and says what is wrong with it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

LONGEST = 250
HEAVY = ("torch", "transformers", "nnsight")
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers"}
PICKLES = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
CODE_OF_OTHERS = ("trust_remote_code", "allow_pickle")
MACHINE = re.compile(r"(?<![\w.~-])/(?:root|work|farm|mnt|home/\w+|Users/\w+)/|" + "bash" + "_jobs")
BESIDE = "../" + "shared"  # a folder beside the clone: .ci/run alone may look there


def floors(root: Path) -> list[dict[str, Any]]:
    """The table of floors, from the ground up."""
    house = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["steering"]["house"]
    assert isinstance(house, list)
    return house


def modules(root: Path, folder: str = "steering") -> dict[str, Path]:
    """Name and file of every module in a folder; a package has the name of its folder."""
    found = {}
    for path in sorted((root / folder).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def floor_of(root: Path) -> dict[str, int]:
    """On which floor each module is; 0 is the ground."""
    return {
        name: level
        for level, floor in enumerate(floors(root))
        for entry in floor["files"]
        for name, path in modules(root).items()
        if path == root / entry or (entry.endswith("/") and (root / entry) in path.parents)
    }


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of the house that a module imports, at any depth of its code."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*above, *filter(None, [node.module])]) if node.level else node.module
            for alias in node.names:
                full = f"{source}.{alias.name}"
                if full in known or source in known:
                    yield full if full in known else str(source)


def unordered(root: Path) -> list[str]:
    """Imports that go up, circles within a floor, modules on no floor."""
    known, faults, graph = modules(root), [], {}
    level = floor_of(root) | {"steering": len(floors(root))}  # the front door is above all floors
    for name, path in known.items():
        graph[name] = {other for other in imported(name, path, known) if other != name}
        if name not in level:
            faults.append(f"{name} is on no floor")
        else:
            higher = {other for other in graph[name] if level.get(other, -1) > level[name]}
            faults += [f"{name} imports {other} from a higher floor" for other in sorted(higher)]
            graph[name] -= higher
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        faults.append("a circle of imports: " + " → ".join(error.args[1]))
    return faults


def heavy_at_import(root: Path) -> list[str]:
    """What of torch and its kin is loaded once every floor that does without them is imported."""
    level, table = floor_of(root), floors(root)
    light = [name for name, floor in level.items() if not table[floor].get("torch")]
    code = f"import sys\nfor name in {light!r}:\n    __import__(name)\n"
    code += f"    for heavy in {HEAVY!r}:\n"
    code += "        if sys.modules.get(heavy): sys.exit(f'{name} loads {heavy}')\n"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    return [] if run.returncode == 0 else [run.stderr.strip().splitlines()[-1]]


def too_long(root: Path) -> list[str]:
    lengths = {
        path: len(path.read_text().splitlines())
        for folder in ("steering", "models")
        for path in modules(root, folder).values()
    }
    return [f"{p.relative_to(root)}: {n} lines" for p, n in lengths.items() if n > LONGEST]


def vaguely_named(root: Path) -> list[str]:
    """Files, functions and classes whose name says nothing of what they do."""
    named = []
    for folder in ("steering", "models"):
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
