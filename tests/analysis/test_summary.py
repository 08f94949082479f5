"""The summary of a run says what the tables say, in numbers that JSON can hold."""

from __future__ import annotations

import dataclasses
import json

import pytest

from steering.analysis.curves import curve_table, select
from steering.analysis.summary import summary
from steering.analysis.variability import by_concept
from steering.records.results import Results
from tests.support.synthetic import DESIGNS, RESAMPLED, results

COUNTS = ("n", "groups", "vectors_resampled")


@pytest.fixture(scope="module")
def run() -> Results:
    return results({"letter": DESIGNS["letter"]})


def test_every_pair_of_settings_has_the_row_of_its_concept(run: Results) -> None:
    rows = {(row["vector_setting"], row["prompt_setting"]): row for row in summary(run)}
    assert len(rows) == 5 * 5
    for pair in (("BASE", "BASE"), ("SYS_POS", "USER_NEG")):
        setting = dict(zip(("vector_setting", "prompt_setting"), pair, strict=True))
        told = by_concept(curve_table(run), **setting).iloc[0]
        assert {"mean", "sd_high", "anti_steerable_low", *COUNTS} <= set(rows[pair])
        # It counts curves, where the row of a concept has the spread between questions.
        for name in set(rows[pair]) - set(setting) - {"sd", "sd_low", "sd_high"}:
            assert rows[pair][name] == pytest.approx(told[name]), name
        slopes = select(curve_table(run), **setting)["steerability"]
        assert rows[pair]["sd"] == pytest.approx(slopes.std())
    assert rows["BASE", "BASE"]["anti_steerable"] == pytest.approx(0.5)
    assert rows["BASE", "BASE"]["vectors_resampled"] == RESAMPLED
    assert rows["BASE", "USER_NEG"]["vectors_resampled"] == 0


def test_controls_are_no_part_of_it(run: Results) -> None:
    curves = run.steerability
    made = curves["direction"].isin(["contrastive", "resampled"])
    alone = dataclasses.replace(run, steerability=curves[made])
    assert summary(alone) == summary(run)


def test_what_cannot_be_said_is_null(run: Results) -> None:
    rows = summary(dataclasses.replace(run, items=run.items.assign(group="one")))
    assert all(row["low"] is row["high"] is row["sd_low"] is None for row in rows)
    assert all(row["groups"] == 1 for row in rows)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
