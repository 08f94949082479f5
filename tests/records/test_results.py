"""Results of several runs stand one below the other, each with its card."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pytest

from steering.clone import measured_folder
from steering.errors import Refused
from steering.records.results import read_results, read_rows
from steering.records.tables import CONTRACTS

RUNS = [measured_folder() / "runs" / model / "openness" for model in ("wren", "linnet")]


def test_tables_of_several_runs_stand_one_below_the_other() -> None:
    both, each = read_results(RUNS), [read_results([run]) for run in RUNS]
    for name in set(CONTRACTS) - {"items"}:
        words = dict.fromkeys(getattr(both, name).select_dtypes("category").columns, "str")
        apart = pd.concat([getattr(one, name).astype(words) for one in each], ignore_index=True)
        pd.testing.assert_frame_equal(getattr(both, name).astype(words), apart)
    assert [card["model"]["name"] for card in both.cards] == ["wren", "linnet"]


def test_the_items_of_one_concept_stand_once() -> None:
    items = read_results(RUNS).items
    assert not items.duplicated(["concept", "item"]).any()


def test_no_run_and_half_a_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no run folder was named"):
        read_results([])
    with pytest.raises(Refused, match="has no table"):
        read_results([tmp_path])


def test_without_the_sweep_all_else_is_the_same():
    whole, without = read_results(RUNS), read_results(RUNS, sweep=False)
    assert len(without.sweep) == 0 < len(whole.sweep)
    assert list(without.sweep.columns) == list(whole.sweep.columns)
    for name in ("items", "prompts", "steerability"):
        pd.testing.assert_frame_equal(getattr(without, name), getattr(whole, name))
    assert without.cards == whole.cards


def test_of_a_table_only_the_rows_that_are_wanted_are_read() -> None:
    whole = read_results(RUNS)
    few = read_rows(RUNS, {"sweep": pc.field("multiplier") == 0})
    still = whole.sweep[whole.sweep["multiplier"] == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(few.sweep, still)
    pd.testing.assert_frame_equal(few.steerability, whole.steerability)
