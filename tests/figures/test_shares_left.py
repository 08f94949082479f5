"""What is left under each shift: drawn is what the verdicts say, each by its own shape."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from steering.analysis import published
from steering.analysis.brittleness import MARGIN, SHIFTS, shift_name
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    NOT_STEERED,
    OUTCOMES,
    SHIFT,
    of_claim,
)
from steering.figures.shares_left import VERDICT_MARKS, shares_left
from steering.figures.widths import on_a_phone
from steering.records.kinds import OURS, PUBLIC
from tests.support.drawn import bars, labels, points, same
from tests.support.synthetic import standard_verdicts


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    return of_claim(standard_verdicts(), SHIFT)


def test_every_verdict_that_is_judged_has_a_shape_of_its_own() -> None:
    assert set(VERDICT_MARKS) == set(OUTCOMES[SHIFT]) - {NOT_STEERED}
    assert len({marker for marker, _, _ in VERDICT_MARKS.values()}) == len(VERDICT_MARKS)


def test_marks_are_the_verdicts_and_stand_where_the_share_is(judged: pd.DataFrame) -> None:
    figure = shares_left(judged)
    first = figure.axes[0]
    part = judged[judged["subject"] == shift_name(*SHIFTS[0])]
    rows = {name: at for at, name in enumerate(labels(first))}
    for outcome in (BRITTLE, KEPT):
        own = part[part["outcome"] == outcome]
        marker = VERDICT_MARKS[outcome][0]
        assert len(own)
        assert same(
            points(first, marker), zip(own["estimate"], own["concept"].map(rows), strict=True)
        )
    known = part["estimate"].notna()
    assert sorted(bars(first)) == pytest.approx(sorted((part["high"] - part["low"])[known]))
    assert "inert" in rows
    assert rows["inert"] not in {y for _, y in points(first)}
    band = next(patch for patch in first.patches)
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx(MARGIN)


def test_kinds_and_published_models_stand_below_each_other(judged: pd.DataFrame) -> None:
    mixed = judged.assign(kind=(judged["concept"] == "yes").map({True: PUBLIC, False: OURS}))
    quartiles = published.quartiles_left(published.shares_left(published.steerability()))
    first = shares_left(mixed, quartiles).axes[0]
    names = labels(first)
    assert names[0] == OURS
    assert names[-5:-3] == [PUBLIC, "yes"]
    assert names[-3:] == ["published", published.LLAMA, published.QWEN]
    part = quartiles[quartiles["shift"] == "BASE→USER_NEG"]
    wanted = zip(part["median"], [names.index(name) for name in part["model"]], strict=True)
    assert same(points(first, "s"), wanted)


def test_rows_keep_apart_on_a_phone_too(judged: pd.DataFrame) -> None:
    few = judged[judged["concept"].isin(sorted(set(judged["concept"]))[:3])]
    with on_a_phone():
        figure = shares_left(few)
    figure.draw_without_rendering()
    named = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert all(above.y0 > below.y1 for above, below in pairwise(named))
