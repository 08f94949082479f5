"""What a report would measure: told for each model and concept, with nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steering.errors import Refused
from steering.measuring import matrix_price, prices
from steering.measuring.price import Speed
from steering.measuring.told import LAYERED, OTHERS, WAYS
from steering.measuring.ways import other_ways
from steering.models import loading
from steering.report import measurements
from steering.report.beforehand import foreseen, foretold
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.jobs.matrix import measure_model
from steering.report.jobs.measure import measure_batch
from tests.support.miniature import LEAST

Printed = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a model is loaded; a machine whose speed is known."""
    names, load = [], loading.load_model

    def counted(name: str, **options: Any) -> Any:
        names.append(name)
        return load(name, **options)

    monkeypatch.setattr(loading, "load_model", counted)
    for module in (prices, matrix_price):
        monkeypatch.setattr(module, "speed_of", lambda *_: Speed(0.0, 1e9))
    return names


def config(out: Path, *concepts: str, **options: Any) -> dict[str, Any]:
    asked = configuration(["wren"], concepts, out, LEAST | options, letters_only=True)
    return asked | {"file": str(out / "_build" / "report.json")}


def test_what_is_missing_is_told_and_what_is_there_costs_nothing(
    tmp_path: Path, loads: list[str]
) -> None:
    asked = config(tmp_path / "book", "tidy", "frugal")
    first = foretold(asked).splitlines()
    assert first[0].startswith("wren, to be measured in about ")
    assert [line.split("  ")[-1] for line in first[1:4]] == [
        "tidy: all of it",
        "frugal: all of it",
        f"{OTHERS}: up to 1 vectors on the questions of 2 concepts",
    ]
    assert first[4].startswith("In all about ")
    assert loads == ["wren"]
    assert not (tmp_path / "book").exists()

    grid = Grid.of(asked)
    assert measure_batch(grid, "wren", 0) == {}
    found = foreseen(grid, "wren")
    assert (found.there, list(found.prices)) == (["tidy", "frugal"], [OTHERS])
    assert measure_model(grid, "wren") == {}
    loads.clear()
    assert foretold(asked).splitlines() == [
        "wren: nothing is missing of any concept.",
        "In all about 0 seconds of measuring here; then the pages are made.",
    ]
    assert loads == []

    more = config(tmp_path / "book", "tidy", "frugal", random_vectors=LEAST["random_vectors"] + 5)
    lines = foretold(more).splitlines()
    assert "15 random vectors on " in lines[1]
    assert "," not in lines[1], "nothing else of it is missing"
    joined = foreseen(Grid.of(config(tmp_path / "book", "tidy", "frugal", "honest")), "wren")
    assert (joined.there, joined.whole) == (["tidy", "frugal"], ["honest"])
    assert list(joined.prices) == ["honest", OTHERS]


def test_a_folder_of_something_else_and_a_model_that_fails_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = config(tmp_path, "tidy", "frugal")
    foreign = Grid.of(asked).run("wren", "tidy")
    foreign.mkdir(parents=True)
    (foreign / "foreign.txt").write_text("not ours")
    text = foretold(asked)
    assert "refused  tidy: " in text
    assert "frugal: all of it" in text

    def broken(*_: Any, **__: Any) -> None:
        raise Refused("its weights are gone.")

    monkeypatch.setattr(loading, "load_model", broken)
    assert "refused  frugal: its weights are gone." in foretold(asked)


def test_a_full_report_tells_what_it_measures_besides(
    tmp_path: Path, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = config(tmp_path / "book", "tidy", "frugal", neutral_texts=1, wide_groups=1)
    usual = foretold(asked)
    assert WAYS not in usual
    assert LAYERED not in usual
    monkeypatch.setattr(measurements, "is_full", lambda _: True)
    lines = [line.split("  ")[-1] for line in foretold(asked).splitlines()]
    assert f"{WAYS}: up to {len(other_ways())} other ways for 2 concepts" in lines
    assert any(line.startswith(f"{LAYERED}: ") for line in lines)
    assert loads == ["wren"] * 2
    assert not (tmp_path / "book").exists()
