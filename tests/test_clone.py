"""Where the clone lies, and which folder of data sets is read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from steering.clone import (
    DATA_VARIABLE,
    book_folder,
    concepts_folder,
    data_folder,
    measured_folder,
    models_folder,
    notebooks_folder,
)
from steering.clone import clone as top
from steering.errors import Refused


def test_the_folders_are_those_of_this_clone(clone: Path) -> None:
    assert top() == clone
    for found in (concepts_folder, models_folder, measured_folder, notebooks_folder, book_folder):
        assert found() == clone / found.__name__.removesuffix("_folder")
        assert found().is_dir()


def test_a_package_without_its_clone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("steering.clone")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "steering" / "clone.py"))
    (tmp_path / "pyproject.toml").touch()
    for needing in (concepts_folder, notebooks_folder):
        with pytest.raises(Refused, match=r"needs a clone of the repository, .* `make install`"):
            needing()
    shipped = tmp_path.resolve() / "steering" / "shipped" / "concepts"
    shipped.mkdir(parents=True)
    assert concepts_folder() == shipped
    with pytest.raises(Refused, match="needs a clone of the repository"):
        notebooks_folder()
    (tmp_path / "concepts").mkdir()
    assert concepts_folder() == tmp_path.resolve() / "concepts"


def test_data_are_in_the_folder_given_else_in_the_one_of_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, variable = tmp_path / "given", tmp_path / "variable"
    given.mkdir()
    variable.mkdir()
    monkeypatch.setenv(DATA_VARIABLE, str(variable))
    assert data_folder(given) == data_folder(str(given)) == given
    assert data_folder() == variable
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder("~/given") == given


@pytest.mark.parametrize("value", [None, ""])
def test_without_either_there_is_no_such_folder(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(DATA_VARIABLE, value)
    assert data_folder() is None


def test_a_folder_that_is_none_is_refused_by_whoever_named_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(Refused, match=r"^STEERING_DATA names '.*none', which is not a folder"):
        data_folder()
    with pytest.raises(Refused, match=r"^--data-dir names '.*file', which is not a folder"):
        data_folder(tmp_path / "file")
