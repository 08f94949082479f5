"""Crossed tables on disk: what was written comes back, and nothing that is damaged or broken."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from steering.errors import Refused
from steering.records.crossed import (
    CONTRACT,
    CrossedAbout,
    crossed_file,
    empty_crossed,
    read_crossed,
    read_stored_crossed,
    write_crossed,
)
from steering.records.directions import CROSSED
from steering.records.tables import NO_PARTNER
from steering.storage import write_json
from tests.support.synthetic import keyed

ABOUT = CrossedAbout("both runs and their vectors", runs=("letters", "replies"))


def slopes(concept: str = "tidy") -> pd.DataFrame:
    rows = [(form, item) for form in ("chosen", "said") for item in (3, 5)]
    table = pd.DataFrame(rows, columns=["form", "item"])
    words = {"model": "wren", "concept": concept, "vector_setting": "BASE"}
    table = table.assign(**words, prompt_setting="BASE", direction=CROSSED, layer=4, order=0)
    partner = table["item"].add(100).where(table["form"] == "said", NO_PARTNER)
    request = table["form"].map({"chosen": "", "said": "yourself"})
    table = table.assign(partner=partner, request=request, steerability=0.1 * table["item"])
    return keyed(table, [*CONTRACT.columns]).assign(form=table["form"])[[*CONTRACT.columns]]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run of the form `said`."""
    return tmp_path / "said" / "wren" / "tidy"


def test_a_table_comes_back_with_what_it_was_measured_from(run: Path) -> None:
    file = write_crossed(slopes(), ABOUT, run)
    assert file == run.parent / "crossed" / "tidy.parquet" == crossed_file(run)
    table, about = read_stored_crossed(run)
    pd.testing.assert_frame_equal(table, slopes(), check_dtype=False)
    assert about == ABOUT
    assert isinstance(about.runs, tuple)


def test_where_there_is_none_the_table_has_its_columns_and_no_rows(run: Path) -> None:
    table, about = read_stored_crossed(run)
    assert list(table.columns) == list(CONTRACT.columns)
    assert table.empty
    CONTRACT.validate(table)
    assert about.refused == "no crossed vector was tried on it."
    pd.testing.assert_frame_equal(read_crossed([run, run.parent / "frugal"]), empty_crossed())
    pd.testing.assert_frame_equal(read_crossed([]), empty_crossed())


def test_several_concepts_stand_one_below_the_other_and_empty_ones_add_nothing(run: Path) -> None:
    frugal, honest = run.parent / "frugal", run.parent / "honest"
    write_crossed(slopes(), ABOUT, run)
    write_crossed(slopes("frugal"), ABOUT, frugal)
    write_crossed(empty_crossed(), CrossedAbout(refused="the disk was full."), honest)
    for folder in (run, frugal):
        folder.mkdir(parents=True, exist_ok=True)
        write_json({"plan_hash": ABOUT.runs[1]}, folder / "card.json")
    table = read_crossed([honest, run, frugal])
    assert list(table["concept"]) == ["tidy"] * 4 + ["frugal"] * 4
    assert str(table["steerability"].dtype) == "float64"
    write_json({"plan_hash": "measured anew"}, frugal / "card.json")
    assert list(read_crossed([run, frugal])["concept"]) == ["tidy"] * 4


def test_why_there_is_none_is_kept(run: Path) -> None:
    write_crossed(empty_crossed(), CrossedAbout(refused="the disk was full."), run)
    table, about = read_stored_crossed(run)
    assert table.empty
    assert (about.refused, about.identity) == ("the disk was full.", "")


def test_a_damaged_table_and_one_without_its_metadata_are_refused(run: Path) -> None:
    crossed_file(run).parent.mkdir(parents=True)
    crossed_file(run).write_text("no parquet")
    with pytest.raises(Refused, match=r"is no readable table of crossed vectors .*: remove it"):
        read_crossed([run])
    slopes().to_parquet(crossed_file(run))
    with pytest.raises(Refused, match="is no readable table"):
        read_stored_crossed(run)


@pytest.mark.parametrize(
    "broken",
    [
        pd.concat([slopes(), slopes().head(1)], ignore_index=True),
        slopes().assign(item=0.5),
        slopes().assign(steerability=None),
    ],
    ids=["a row twice", "no whole item", "no slope"],
)
def test_what_breaks_the_contract_is_not_written(broken: pd.DataFrame, run: Path) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        write_crossed(broken, ABOUT, run)
    assert not crossed_file(run).exists()
