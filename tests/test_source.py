"""Which changes of the code and of the data files count, and for whom."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from steering import source

PLAIN = "LIMIT = 3\n\n\ndef f(x):\n    return x + LIMIT\n"
TOLD = '''"""Told.

In two lines.
"""

LIMIT = 3  # not more


def f(x):
    """Return more."""
    # Indeed.

    return x + LIMIT
'''
FILES = {
    "__init__.py": "",
    "one.py": "from steering.sub.two import g\nimport math",
    "sub/__init__.py": "from steering import four",
    "sub/two.py": PLAIN,
    "sub/data.toml": "most = 3",
    "three.py": "from steering import one",
    "four.py": "",
}
Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file of a package that is small, and looked at instead of ours."""
    package = tmp_path / "steering"
    monkeypatch.setattr(source, "PACKAGE", package)

    def written(name: str, text: str) -> None:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
        source._read.cache_clear()

    for name, text in FILES.items():
        written(name, text)
    return written


CHANGES = {
    "a comment and a docstring": ("sub/two.py", TOLD, False),
    "another value": ("sub/two.py", PLAIN.replace("3", "4"), True),
    "a sign in a text": ("sub/two.py", PLAIN + 'NAME = "# a"\n', True),
    "a comment in the data": ("sub/data.toml", "# no more\nmost  =  3", False),
    "a value in the data": ("sub/data.toml", "most = 4", True),
    "a new module": ("sub/new.py", "", True),
    "a module elsewhere": ("three.py", "x = 1", False),
    "a module that is named": ("one.py", "x = 1", True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_code_and_values_count_and_what_is_told_of_them_does_not(change: str, write: Write) -> None:
    name, text, counts = CHANGES[change]
    before = source.code_hash(["sub", "one"])
    write(name, text)
    assert (source.code_hash(["sub", "one"]) != before) == counts


def test_the_same_files_in_any_order_have_one_hash(write: Write) -> None:
    one, two = source.PACKAGE / "one.py", source.PACKAGE / "sub" / "two.py"
    assert source.files_hash([one, two]) == source.files_hash([two, one])
    assert source.files_hash([one]) != source.files_hash([two])
    write("four.py", FILES["one.py"])
    assert source.files_hash([one]) != source.files_hash([source.PACKAGE / "four.py"])


def test_a_module_that_is_left_out_does_not_count(write: Write) -> None:
    before = source.code_hash(["sub"], without=["sub/two"])
    assert before != source.code_hash(["sub"])
    write("sub/two.py", "x = 1")
    assert source.code_hash(["sub"], without=["sub/two"]) == before
    write("sub/data.toml", "most = 4")
    assert source.code_hash(["sub"], without=["sub/two"]) != before


def test_normalised_code_does_the_same() -> None:
    assert source.normalised(TOLD) == source.normalised(PLAIN)
    assert source.normalised('x = "# a"  # b') == 'x = "# a"'


def used(code: str) -> set[str]:
    return {str(file.relative_to(source.PACKAGE)) for file in source.modules_used(code)}


@pytest.mark.usefixtures("write")
def test_modules_used_are_imported_directly_or_through_others() -> None:
    assert used("import os\nfrom steering.three import x") == {
        "three.py", "one.py", "sub/two.py", "sub/data.toml",
    }  # fmt: skip
    assert used("from steering.sub import two") == {"sub/two.py", "sub/data.toml"}
    assert used("import steering.four") == {"four.py"}
    assert used("def f():\n    from steering import four") == {"four.py"}
    assert used("import math, elsewhere.steering") == set()


@pytest.mark.usefixtures("write")
def test_a_package_counts_where_what_it_offers_is_used() -> None:
    found = used("from steering.sub import something")
    assert found == {"sub/__init__.py", "four.py", "sub/data.toml"}


MODULE = """
LIMIT: int = 3


def inner(x):
    return x + LIMIT


def f(x):
    return inner(x)


def other(x):
    return x
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of some code, under a name of its own each time."""
    names = (f"written_{number}" for number in range(9))

    def imported(code: str) -> ModuleType:
        name = next(names)
        file = tmp_path / f"{name}.py"
        file.write_text(code, encoding="utf-8")
        spec = spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        made = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, made)
        spec.loader.exec_module(made)
        return made

    return imported


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ("def other", "def joined(x):\n    return 9\n\n\ndef other", False),
        ("return x\n", "return 2 * x\n", False),
        ("    return inner(x)", '    """Told."""\n    return inner(x)  # indeed', False),
        ("return inner(x)", "return inner(2 * x)", True),
        ("return x + LIMIT", "return x - LIMIT", True),
        ("LIMIT: int = 3", "LIMIT: int = 4", True),
    ],
    ids=["one joins", "another changes", "told", "itself", "what it calls", "what that reads"],
)
def test_a_definition_is_its_code_and_that_of_all_it_refers_to(
    old: str, new: str, counts: bool, module: Callable[[str], ModuleType]
) -> None:
    assert MODULE.count(old) == 1
    before = source.definition_hash(module(MODULE).f)
    after = source.definition_hash(module(MODULE.replace(old, new)).f)
    assert (before != after) == counts


def test_what_has_no_source_goes_by_its_name() -> None:
    scope: dict[str, Callable[[], int]] = {}
    exec("def f(): return 1\ndef g(): return 1", scope)
    assert source.definition_hash(scope["f"]) == source.definition_hash(scope["f"])
    assert source.definition_hash(scope["f"]) != source.definition_hash(scope["g"])


def test_the_order_of_names_does_not_change_a_value() -> None:
    assert source.value_hash({"a": 1, "b": [2]}) == source.value_hash({"b": [2], "a": 1})
    assert source.value_hash([1, 2]) != source.value_hash([2, 1])
