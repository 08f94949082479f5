"""Whether a report is as it was when it was complete: everything that could differ is noticed."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steering.report import unchanged
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.unchanged import (
    files,
    forget_complete,
    is_complete,
    keep_complete,
    versions,
)

Config = dict[str, Any]


@pytest.fixture(scope="module")
def asked() -> Config:
    """What a report of one of our models on two of our concepts is asked for: all is measured."""
    return configuration(["wren"], ["tidy", "frugal"], "/nowhere", {"test_groups": 20})


@pytest.fixture
def made(asked: Config, tmp_path: Path) -> Config:
    """The same where every file that it leaves is there, and was kept as complete."""
    config = copy.deepcopy(asked) | {"out": str(tmp_path)}
    for file in files(Grid.of(config)):
        assert file.is_relative_to(tmp_path), "no file of ours is written over"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("made")
    run = Grid.of(config).run("wren", "tidy")
    run.mkdir(parents=True)
    (run / "card.json").write_text("{}")
    keep_complete(config, versions(config))
    return config


def complete(config: Config) -> bool:
    return is_complete(config, versions(config))


def test_what_is_as_it_was_is_complete(made: Config) -> None:
    assert complete(made)
    assert complete(copy.deepcopy(made) | {"memory_mb": 1})
    fuller = copy.deepcopy(made)
    fuller["models"]["wren"]["mem_mb"] = 1
    assert complete(fuller)


def test_what_was_never_complete_or_was_ended_is_not(asked: Config, made: Config) -> None:
    assert not complete(asked)
    forget_complete(made)
    assert not complete(made)
    forget_complete(made)


def test_a_damaged_record_is_none(made: Config) -> None:
    (Path(made["out"]) / "_build" / unchanged.FILE).write_text("{")
    assert not complete(made)


@pytest.mark.parametrize(
    "name",
    [
        *("bound", "html/index.html", "html/concepts/tidy.html", "html/cost.html"),
        *("source/index.ipynb", "source/concepts/frugal.ipynb", "source/data/cost.csv"),
        *("measured/wren/0", "matrix/wren", "judged/wren", "verdicts/wren.parquet"),
        *("carded/wren", "html/cards/wren/tidy.html"),
        "runs/wren/tidy/card.json",
    ],
)
def test_a_file_that_is_gone_or_another_is_noticed(name: str, made: Config) -> None:
    file = Path(made["out"]) / "_build" / name
    os.utime(file, (1, 1))
    assert not complete(made)
    keep_complete(made, versions(made))
    assert complete(made)
    file.unlink()
    assert not complete(made)


def other_option(config: Config) -> None:
    config["options"] = {"test_groups": 7}


def other_identity(config: Config) -> None:
    config["models"]["wren"]["identities"]["tidy"] = "another"


def other_matrix_code(config: Config) -> None:
    config["models"]["wren"]["matrix"] = "another"


def other_static_files(config: Config) -> None:
    config["static"] = "another"


def fewer_concepts(config: Config) -> None:
    del config["concepts"]["frugal"]


CHANGES = [other_option, other_identity, other_matrix_code, other_static_files, fewer_concepts]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_another_report_is_noticed(change: Callable[[Config], None], made: Config) -> None:
    other = copy.deepcopy(made)
    change(other)
    assert not complete(other)


@pytest.mark.parametrize("name", ["notebook", "Snakefile"])
def test_notebooks_and_rules_count(
    name: str, made: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page's version holds its notebook, its code and its data: see test_staleness.py."""
    before = versions(made)
    if name == "Snakefile":
        (tmp_path / "Snakefile").write_text("rule other:\n")
        monkeypatch.setattr(unchanged, "clone", lambda: tmp_path)
    else:
        monkeypatch.setattr("steering.report.pages.page_hash", lambda *_: "another")
    assert versions(made) != before


def test_versions_are_those_of_before_it_was_made(made: Config) -> None:
    """What changes while pages are made is in none of them: the next report looks again."""
    keep_complete(made, "versions from before")
    assert not complete(made)
    assert is_complete(made, "versions from before")
