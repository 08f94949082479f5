"""The house stands as pyproject.toml says, and every check of it fails where it should."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.house import (
    BESIDE,
    contracts,
    functions_too_long,
    heavy_at_import,
    of_one_machine,
    too_long,
    unordered,
    untested,
    untrusted,
    vaguely_named,
    with_equal_cells,
    with_outputs,
)

Check = Callable[[Path], list[str]]
CHECKS: list[Check] = [
    unordered,
    heavy_at_import,
    too_long,
    functions_too_long,
    untested,
    vaguely_named,
    untrusted,
    with_outputs,
    with_equal_cells,
    of_one_machine,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house(check: Check, clone: Path) -> None:
    assert check(clone) == []


def test_every_floor_says_what_it_is_for(clone: Path) -> None:
    for floor in contracts(clone)["floors"]["layers"]:
        for name in floor.split(" : "):
            place = clone / "steering" / name
            file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            assert ast.get_docstring(ast.parse(file.read_text())), name


def test_browser_and_notebook_tests_exist(clone: Path) -> None:
    """CI fails where they are skipped; here it fails where they are gone."""
    text = "".join(path.read_text() for path in (clone / "tests").rglob("test_*.py"))
    for mark in ("browser", "notebook"):
        assert re.search(rf"^(@|pytestmark = )pytest\.mark\.{mark}$", text, re.M), mark


CODE_CELL = '{"cell_type": "code", "outputs": %s, "execution_count": %s}'
TWO_CELLS = '{"cell_type": "markdown", "id": "one"}, {"cell_type": "raw", "id": "one"}'
NOTEBOOK = '{"metadata": {%s}, "cells": [%s]}'

# A house in order, with two floors and one between them that imports torch.
SOUND = {
    "pyproject.toml": """
        [tool.importlinter]
        root_package = "steering"
        include_external_packages = true
        [[tool.importlinter.contracts]]
        id = "floors"
        name = "floors"
        type = "layers"
        containers = ["steering"]
        exhaustive = true
        layers = ["high", "tensors", "low"]
        [[tool.importlinter.contracts]]
        id = "without-torch"
        name = "torch"
        type = "forbidden"
        source_modules = ["steering.low", "steering.high"]
        forbidden_modules = ["torch"]
        allow_indirect_imports = true
        [[tool.importlinter.contracts]]
        id = "no-circles"
        name = "circles"
        type = "acyclic_siblings"
        ancestors = ["steering.*"]
    """,
    "torch.py": "",
    "steering/__init__.py": "from steering.low import x",
    "steering/low.py": "x = 1",
    "steering/tensors.py": "import torch\ndef f():\n  torch.load('x', weights_only=True)",
    "steering/high/__init__.py": "",
    "steering/high/other.py": "from steering import low",
    "steering/high/part.py": "from . import other\ndef f(trust_remote_code=False):\n  x = 1",
    "tests/test_low.py": "",
    "tests/test_tensors.py": "",
    "tests/high/test_other.py": "",
    "tests/high/test_part.py": "",
    "training/low.py": "def slopes(): ...",
    "a.ipynb": NOTEBOOK % ("", CODE_CELL % ("[]", "null")),
    "README.md": "See https://example.org"
    + "/work"
    + "/here, ~"
    + "/work"
    + "/ and results"
    + "/root"
    + "/x.",
}

LOW, PART, README, BOOK = "steering/low.py", "steering/high/part.py", "README.md", "a.ipynb"
# Faults planted in it, one at a time: the check, the file, what stands there, what must be said.
PLANTED: list[tuple[Check, str, str, str]] = [
    (unordered, LOW, "from steering.high import part", "steering.low -> steering.high.part"),
    (unordered, LOW, "def f():\n  from . import high", "steering.low -> steering.high"),
    (unordered, LOW, "import steering.high.part", "steering.low -> steering.high.part"),
    (unordered, LOW, "from steering.high.part import f", "steering.low -> steering.high.part"),
    (unordered, "steering/high/other.py", "from .part import f", ".part -> .other"),
    (unordered, "steering/stray.py", "", "stray"),
    (unordered, LOW, "import torch", "steering.low -> torch"),
    (heavy_at_import, PART, "import torch", "steering.high.part loads torch"),
    (heavy_at_import, PART, "import steering.tensors", "steering.high.part loads torch"),
    (functions_too_long, LOW, "def f():\n" + "  x = 1\n" * 60, "steering.low.f: 61 lines"),
    (untested, "steering/high/new.py", "", "steering/high/new.py has no tests/high/test_new.py"),
    (too_long, LOW, "\n" * 251, "steering/low.py: 251 lines"),
    (vaguely_named, "training/text_utils.py", "", "training.text_utils"),
    (vaguely_named, LOW, "def get_slopes(): ...", "steering.low.get_slopes"),
    (vaguely_named, LOW, "class RunManager: ...", "steering.low.RunManager"),
    (untrusted, LOW, "import pickle", "steering.low:1 imports pickle"),
    (untrusted, LOW, "from pickle import loads", "steering.low:1 imports pickle"),
    (untrusted, LOW, "x = torch.load('x')", "steering.low:1 calls torch.load"),
    (untrusted, LOW, "torch.load('x', weights_only=False)", "steering.low:1 calls torch.load"),
    (untrusted, LOW, "x = pd.read_pickle('x')", "steering.low:1 calls read_pickle"),
    (untrusted, LOW, "f(trust_remote_code=True)", "steering.low:1 sets trust_remote_code"),
    (untrusted, LOW, "def f(a, trust_remote_code=True): ...", "low:1 has trust_remote_code on"),
    (untrusted, LOW, "def f(*, a, trust_remote_code=True): ...", "1 has trust_remote_code on"),
    (with_outputs, BOOK, NOTEBOOK % ("", CODE_CELL % ("[1]", "null")), "a.ipynb has outputs"),
    (with_outputs, BOOK, NOTEBOOK % ("", CODE_CELL % ("[]", "3")), "a.ipynb has outputs"),
    (with_equal_cells, BOOK, NOTEBOOK % ("", TWO_CELLS), "a.ipynb has several cells one"),
    (with_outputs, BOOK, NOTEBOOK % ('"papermill": {}', ""), "a.ipynb keeps the record of a run"),
    (of_one_machine, README, "cd /" + "home/someone/steering", "README.md:1 cd"),
    (of_one_machine, README, "\ncd /" + "root/steering", "README.md:2 cd"),
    (of_one_machine, README, "see " + BESIDE + "/notes", "README.md:1 see"),
]


def build(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    return root


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_sound_house_passes(check: Check, tmp_path: Path) -> None:
    assert check(build(tmp_path, SOUND)) == []


@pytest.mark.parametrize(("check", "file", "content", "said"), PLANTED)
def test_a_planted_fault_is_found(
    check: Check, file: str, content: str, said: str, tmp_path: Path
) -> None:
    faults = check(build(tmp_path, SOUND | {file: content}))
    assert len(faults) == 1
    assert said in faults[0]


def test_every_check_has_a_planted_fault() -> None:
    assert {fault[0] for fault in PLANTED} == set(CHECKS)
