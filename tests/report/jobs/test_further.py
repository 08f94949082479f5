"""What only the full report measures: by the same job, once, and into tables like the committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from steering.errors import Interrupted, Refused
from steering.measuring.plan import FULL
from steering.measuring.told import LAYERED, WAYS
from steering.measuring.ways import USUAL, other_ways
from steering.models import loading
from steering.records.matrix import matrix_file
from steering.records.operators import COLUMNS, read_operators
from steering.records.side_effects import read_side_effects
from steering.report import measurements
from steering.report.grid import Grid
from steering.report.jobs.further import measure_further
from steering.report.jobs.matrix import main
from steering.report.jobs.measure import measure_batch
from tests.report.jobs.test_measure import grid
from tests.support.small import listing

TWO = ["tidy", "frugal"]
# Sizes that take seconds; that they are those of a full report is said below.
FEW: dict[str, Any] = {"neutral_texts": 2, "wide_groups": 2, "settings": ("BASE",)}


@pytest.fixture(autouse=True)
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its sizes, a report is a full one here."""
    monkeypatch.setattr(measurements, "is_full", lambda _: True)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose concepts are measured, and what a full one measures besides."""
    out = tmp_path_factory.mktemp("report")
    one = grid(out, TWO, FEW)
    assert measure_batch(one, "wren", 0) == {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measurements, "is_full", lambda _: True)
        assert measure_further(one, "wren") == {}
    return out


def again(out: Path) -> Grid:
    return Grid.of(out / "_build" / "report.json")


def test_every_way_of_every_concept_has_an_operating_point(measured: Path) -> None:
    one = again(measured)
    table = read_operators(one.further("wren"), "wren")
    assert list(table.columns) == list(COLUMNS)
    assert {*zip(table["operator"], table["maker"], strict=True)} == {USUAL, *other_ways()}
    assert not table.duplicated(["concept", "operator", "maker"]).any()
    assert {*table.groupby(["operator", "maker"]).size()} == {len(TWO)}
    # All ways are tried where the concept's own run is.
    cards = {name: json.loads((one.run("wren", name) / "card.json").read_text()) for name in TWO}
    layers = table.groupby("concept")["layer"].unique().map(list).to_dict()
    assert layers == {name: [card["layer"]] for name, card in cards.items()}
    usual = table[(table["operator"] == USUAL[0]) & (table["maker"] == USUAL[1])]
    points = {name: card["operating"]["multiplier"] for name, card in cards.items()}
    assert dict(zip(usual["concept"], usual["multiplier"], strict=True)) == pytest.approx(
        points, rel=1e-5
    )


def test_side_effects_stand_beside_them(measured: Path) -> None:
    table = read_side_effects(again(measured).further("wren"), "wren")
    assert {*table["concept"]} == {*TWO}


def test_nothing_is_measured_twice(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked(*_: object, **__: object) -> None:
        pytest.fail("nothing is missing")

    monkeypatch.setattr(loading, "load_model", unasked)
    one = again(measured)
    kept = [one.further("wren") / name for name in ("ways", "side-effects")]
    before = [listing(folder) for folder in kept]
    assert measure_further(one, "wren") == {}
    assert [listing(folder) for folder in kept] == before


def test_a_way_that_is_missing_is_measured_and_its_price_told(measured: Path) -> None:
    one, told = again(measured), []
    folder = one.further("wren") / "ways" / "-".join(other_ways()[0]) / "tidy"
    (folder / "card.json").unlink()
    (one.further("wren") / "side-effects" / "frugal.parquet").unlink()
    before = pd.read_csv(one.further("wren") / "operators.csv")
    assert measure_further(one, "wren", lambda what, price: told.append((what, price))) == {}
    assert [what for what, _ in told] == [WAYS, LAYERED]
    assert told[0][1].parts[0].name == "up to 1 other ways for 1 concepts"
    pd.testing.assert_frame_equal(
        pd.read_csv(one.further("wren") / "operators.csv"), before, rtol=1e-4
    )


def test_the_page_is_told_where_it_lies_in_a_full_report_alone(
    measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = again(measured)
    parameters = one.of_question("wren", "linearity").parameters
    assert parameters["further"] == str(one.further("wren"))
    assert "further" not in one.of_question("wren", "variability").parameters
    before = one.matrix_version("wren")
    monkeypatch.undo()
    assert one.further_of("wren") == []
    assert one.of_question("wren", "linearity").parameters["further"] == ""
    assert one.matrix_version("wren") != before
    assert measure_further(one, "wren") == {}
    one.models["wren"]["options"] = dict(FULL)
    assert sorted(one.further_of("wren")) == sorted(TWO)


def test_the_job_of_other_vectors_measures_it_and_is_run_again_where_it_is_gone(
    measured: Path,
) -> None:
    one = again(measured)
    assert main(str(measured / "_build" / "report.json"), "wren") == 0
    assert matrix_file(one.run("wren", "tidy")).is_file()
    assert not one.matrix_missing("wren")
    (one.further("wren") / "side-effects.parquet").unlink()
    assert one.matrix_missing("wren")
    assert main(str(measured / "_build" / "report.json"), "wren") == 0
    assert not one.matrix_missing("wren")


def test_a_given_vector_and_an_unfinished_run_take_no_part(measured: Path) -> None:
    one = again(measured)
    one.concepts["tidy"]["vector"] = {"vector": "file"}
    assert one.further_of("wren") == ["frugal"]
    identities = one.models["wren"]["identities"]
    one.models["wren"]["identities"] = identities | {"frugal": "other"}
    assert measure_further(one, "wren") == {}


def test_a_model_that_is_gone_is_said_and_a_silent_service_ends_the_job_for_now(
    measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = again(measured)

    def refusing(error: Refused) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("steering.report.jobs.further.measure_side_effects", refuse)

    refusing(Refused("there is no such model"))
    refused = measure_further(one, "wren")
    assert refused == dict.fromkeys(
        [one.run("wren", name) for name in one.further_of("wren")], "there is no such model"
    )
    assert read_side_effects(one.further("wren"), "wren").empty
    refusing(Interrupted("no answer yet"))
    with pytest.raises(Interrupted):
        measure_further(one, "wren")
