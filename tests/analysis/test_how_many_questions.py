"""From how many test questions on the verdict stays the same."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.curves import curve_table
from steering.analysis.how_many_questions import by_test_groups, half_width
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.outcomes import CHANCE, MOVES, TOO_LITTLE, WRONG_WAY
from tests.support.synthetic import (
    Design,
    results,
    standard_answers,
    standard_curves,
)


def measured(design: Design, *, groups: int = 80) -> pd.DataFrame:
    return curve_table(results({"one": design}, groups=groups, items_per_group=1))


def test_with_all_questions_it_is_the_verdict_on_a_concept_alone() -> None:
    found = by_test_groups(standard_curves(), choices=2)
    whole = found[found["groups"] == found["of"]].set_index("concept")
    for concept in ("strong", "weak", "inert"):
        alone = standard_curves().query("concept == @concept")
        verdict = steering_verdicts(alone, standard_answers().query("concept == @concept"))
        verdict = verdict[verdict["direction"] == "contrastive"].iloc[0]
        assert whole.loc[concept, "outcome"] == verdict["outcome"]
        assert whole.loc[concept, "mean"] == pytest.approx(verdict["estimate"])
        half = (verdict["high"] - verdict["low"]) / 2
        assert whole.loc[concept, "half"] == pytest.approx(half, rel=0.1)
        assert (whole["same"] == 1).all()


def test_fewer_questions_widen_the_interval_by_their_root() -> None:
    """Without a spread between training pairs the width goes with 1/√m, and Student's t."""
    table = measured(Design(1.0, group_sd=1.0), groups=160)
    of_base = table["direction"] == "contrastive"
    own = table[of_base & (table["vector_setting"] == "BASE")]
    own = own[own["prompt_setting"] == "BASE"]
    alike = [own.assign(direction="resampled", number=number) for number in range(12)]
    rest = table[table["direction"] != "resampled"]
    found = by_test_groups(pd.concat([rest, *alike], ignore_index=True), choices=60)
    reach = stats.t.ppf(0.975, found["groups"] - 1)
    scaled = found["half"] * np.sqrt(found["groups"]) / reach
    assert (scaled / scaled.iloc[-1]).to_list() == pytest.approx([1.0] * len(found), rel=0.15)
    assert found["pairs_half"].iloc[0] == pytest.approx(0, abs=1e-9)


def test_what_is_clear_stays_and_what_is_not_changes() -> None:
    clear = by_test_groups(measured(Design(3.0, group_sd=0.2)), choices=30)
    assert set(clear["outcome"]) == {MOVES}
    assert (clear["same"] == 1).all()
    turned = by_test_groups(measured(Design(-3.0, group_sd=0.2)), choices=5)
    assert set(turned["outcome"]) == {WRONG_WAY}
    unclear = by_test_groups(measured(Design(0.9, group_sd=1.6)), choices=60)
    assert set(unclear["outcome"]) == {MOVES}
    assert unclear["same"].iloc[0] < 0.9
    assert unclear["same"].iloc[-1] == 1
    inert = by_test_groups(measured(Design(0.0)), choices=30)
    assert set(inert["outcome"]) == {CHANCE}
    assert inert["same"].min() >= 0.85


def test_too_little_data_gives_no_share() -> None:
    few = by_test_groups(measured(Design(2.0), groups=14))
    assert set(few["outcome"]) == {TOO_LITTLE}
    assert few["same"].isna().all()
    assert few["groups"].to_list() == few["of"].to_list() == [9]
    table = measured(Design(2.0))
    without = by_test_groups(table[table["direction"] != "resampled"], choices=2)
    assert set(without["outcome"]) == {TOO_LITTLE}
    assert without["pairs_half"].isna().all()


def test_other_questions_leave_what_other_pairs_would_change() -> None:
    assert half_width(0.5, 0.0, 4) == pytest.approx(0.25)
    assert half_width(0.5, math.nan, 4) == pytest.approx(0.25)
    assert half_width(0.5, 0.3, 4) == pytest.approx((0.3**2 + 0.4**2 / 4) ** 0.5)
    assert half_width(0.5, 0.9, 4) == pytest.approx(0.5)
