"""Captions say what was resampled as the table says it, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from steering.analysis import brittleness, controls, examples, training, variability
from steering.analysis.across import concept_means
from steering.analysis.curves import of
from steering.report import scope
from steering.report.interactive import drawn
from steering.tables import STEERABILITY_KEY
from tests.synthetic import standard, standard_curves

BOTH = "95 %, by resampling groups of test items and of training pairs"
ALONE = "95 %, by resampling groups of test items alone"


@pytest.fixture(scope="module")
def curves() -> pd.DataFrame:
    table = standard_curves()
    return table[table["concept"].isin(["strong", "letter"])]


def test_in_distribution_training_pairs_are_named(curves: pd.DataFrame) -> None:
    for rows in (
        variability.by_concept(curves),
        variability.by_answer(curves),
        variability.position_bias(curves),
        brittleness.in_and_out(curves),
        examples.example_curves(curves, standard()),
    ):
        assert scope.resampling(rows) == BOTH
    assert "and the spread between training pairs" in scope.shares_resampling(
        variability.by_concept(curves)
    )


def test_without_resampled_vectors_they_are_not(curves: pd.DataFrame) -> None:
    few = curves[~training.is_resampled(curves["direction"])]
    found = variability.by_concept(few)
    assert scope.resampling(found) == scope.ITEMS_ALONE == ALONE
    assert "training" not in scope.shares_resampling(found)
    away = brittleness.shift_matrix(curves).query("prompt_setting == 'USER_NEG'")
    assert scope.resampling(away) == ALONE


def test_where_some_rows_know_of_them_it_says_which(curves: pd.DataFrame) -> None:
    in_distribution = "; in distribution, of training pairs as well"
    for rows in (brittleness.shift_matrix(curves), concept_means(curves)):
        assert scope.resampling(rows).endswith(in_distribution)
    assert "of the contrastive vector" in scope.resampling(controls.controls(curves))
    lacking = (curves["concept"] == "strong") & training.is_resampled(curves["direction"])
    some = curves[~lacking]
    told = scope.resampling(concept_means(some))
    assert told.endswith(f"{in_distribution} where they were resampled")
    assert "where vectors of resampled training pairs were measured" in scope.resampling(
        variability.by_concept(some)
    )


def test_the_interactive_figure_names_items_by_number_where_there_are_no_statements() -> None:
    whole = standard()
    one = replace(whole, items=whole.items.assign(statement="<I> tidy"))
    wordless = replace(whole, items=whole.items.assign(statement=""))
    assert scope.pointed_at(one) == "the statement"
    assert scope.pointed_at(wordless) == "the item's number"
    curves = of(standard_curves())
    points = curves[curves["concept"] == "strong"].merge(whole.sweep, on=list(STEERABILITY_KEY))
    for items, begin in ((one.items, "&lt;I&gt; tidy<br>"), (wordless.items, "item ")):
        lines = drawn(points, items[items["concept"] == "strong"])["data"]
        assert len(lines) == points["item"].nunique()
        assert all(line["hovertemplate"].startswith(begin) for line in lines)
