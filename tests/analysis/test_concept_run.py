"""One concept in one model: the tables of its page are those that the functions make alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from steering.analysis.concept_run import concept_runs, said_runs, together
from steering.analysis.curves import curve_table, select
from steering.analysis.variability import by_concept
from steering.analysis.verdict.outcomes import MOVES, NO_ANSWER, STEERING, of_claim
from steering.analysis.verdict.table import verdicts
from steering.records.verdicts import write_verdicts
from tests.support.concept_runs import runs


def test_the_tables_are_those_of_the_run() -> None:
    run = runs()[0]
    assert run.model == "wren"
    pd.testing.assert_frame_equal(run.curves, curve_table(run.results))
    pd.testing.assert_frame_equal(run.base, select(run.curves))
    pd.testing.assert_frame_equal(run.claims, verdicts(run.results))
    own = by_concept(run.curves)
    pd.testing.assert_frame_equal(run.concepts[own.columns.to_list()], own)
    assert run.concepts["outcome"].to_list() == [MOVES]
    assert set(run.questions["item"]) == set(run.base["item"])
    assert run.operating_point.empty
    assert run.others.empty


def test_tables_of_several_models_stand_one_below_the_other() -> None:
    both = runs()
    table = together(both, "concepts")
    assert table["model"].to_list() == ["wren", "linnet"]


def test_verdicts_of_the_report_count_before_those_of_one_run(tmp_path: Path) -> None:
    alone = runs()[0]
    silent = alone.claims.copy()
    silent.loc[silent["claim"] == STEERING, "outcome"] = NO_ANSWER
    write_verdicts(silent, tmp_path / "verdicts.parquet")
    (run,) = concept_runs([alone.results], [alone.folder], [str(tmp_path / "verdicts.parquet")])
    assert of_claim(run.claims, STEERING)["outcome"].to_list() == [NO_ANSWER]
    assert run.is_silent
    assert not alone.is_silent


def test_a_run_in_free_text_that_is_not_there_is_none(tmp_path: Path) -> None:
    asked = runs()[0].folder
    first, second, third = said_runs(["", str(tmp_path), asked])
    assert first is None
    assert second is None
    assert third is not None
    assert third.folder == asked
    assert not third.is_said, "that folder is of letters"
