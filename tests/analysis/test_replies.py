"""Replies measured without a judge: slopes that were put into their scores come back."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.replies import LOOPING, score_slopes, with_scores
from steering.analysis.statistics.groups import percentiles, resampled
from steering.records.beside import without_rows
from steering.records.replies import CONTRACT
from tests.support.spoken import replies_of


def without(table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """The same replies, some of them empty."""
    nothing = {"tokens": 0, "positive": np.nan, "negative": np.nan, "repeated": np.nan, "text": ""}
    table = table.copy()
    for name, value in nothing.items():
        table.loc[rows, name] = value
    return table


def one(table: pd.DataFrame) -> pd.Series:
    (row,) = (row for _, row in score_slopes(table).iterrows())
    return row


def test_the_score_is_what_the_positive_persona_adds_and_an_empty_reply_has_none() -> None:
    table = replies_of("tidy", 0.3).head(4).assign(repeated=[0.0, LOOPING, LOOPING - 0.01, 1.0])
    table = without(table, table.index == 0)
    scored = with_scores(table)
    assert math.isnan(scored["score"][0])
    assert scored["score"][1:].tolist() == pytest.approx((table["positive"] + 2.0)[1:].tolist())
    assert scored["empty"].tolist() == [True, False, False, False]
    assert scored["loops"].tolist() == [False, True, False, True]


def test_a_planted_slope_comes_back_and_its_interval_is_over_questions() -> None:
    table = replies_of("tidy", 0.3, noise=0.0)
    row = one(table)
    assert row["slope"] == pytest.approx(0.3)
    assert (row["low"], row["high"]) == pytest.approx((0.3, 0.3))
    assert (row["questions"], row["replies"], row["random"]) == (16, 160, 10)
    noisy = replies_of("tidy", 0.3, noise=0.3)
    own = noisy[noisy["direction"] == "contrastive"].assign(score=noisy["positive"] + 2.0)
    slopes = pd.Series(
        {
            str(item): np.polyfit(part["multiplier"], part["score"], 1)[0]
            for item, part in own.groupby("item")
        }
    )
    sums, groups = resampled(np.column_stack([np.ones(16), slopes]), slopes.index)
    found = one(noisy)
    assert found["slope"] == pytest.approx(slopes.mean())
    ends = percentiles(sums[:, 1] / sums[:, 0], groups)
    assert (found["low"], found["high"]) == pytest.approx(ends)
    assert found["low"] < 0.3 < found["high"]


def test_the_spread_is_that_of_the_mean_slopes_of_random_vectors_about_zero() -> None:
    table = replies_of("tidy", 0.3, noise=0.0, random_sd=0.1)
    slopes = np.random.default_rng(8).normal(0, 0.1, 10)
    spread = np.sqrt(np.mean(slopes**2))
    assert one(table)["random_spread"] == pytest.approx(spread)
    assert one(table)["chance"] == pytest.approx(stats.t.ppf(0.975, len(slopes)) * spread)
    row = one(table[table["direction"] == "contrastive"])
    assert row["random"] == 0
    assert math.isnan(row["random_spread"])


def test_empty_replies_and_loops_are_counted_and_the_former_have_no_score() -> None:
    table = replies_of("tidy", 0.3, noise=0.0)
    own = table["direction"] == "contrastive"
    table.loc[own & (table["multiplier"] == 1.0), "repeated"] = 0.9
    table = without(table, own & (table["multiplier"] == 1.5) & (table["sample"] == 0))
    row = one(table)
    assert row["slope"] == pytest.approx(0.3), "the others have the slope still"
    assert row["replies"] == 160 - 16
    assert row["empty"] == pytest.approx(0.1)
    assert row["loops"] == pytest.approx(0.2)


def test_a_question_with_replies_at_one_multiplier_alone_has_no_slope() -> None:
    table = replies_of("tidy", 0.3, noise=0.0)
    gone = (table["item"] < 4) & (table["multiplier"] != 0)
    row = one(without(table, gone))
    assert row["questions"] == 12
    assert row["slope"] == pytest.approx(0.3)
    silent = one(without(table, table["item"] >= 0))
    assert silent["questions"] == silent["replies"] == 0
    assert silent[["slope", "low", "high"]].isna().all()
    assert silent["empty"] == 1


def test_concepts_are_not_mixed_and_no_replies_give_no_rows() -> None:
    both = pd.concat([replies_of("tidy", 0.3), replies_of("frugal", -0.2)], ignore_index=True)
    table = score_slopes(both).set_index("concept")
    assert table["slope"].to_dict() == pytest.approx({"tidy": 0.3, "frugal": -0.2}, abs=0.02)
    assert score_slopes(without_rows(CONTRACT)).empty
    assert list(score_slopes(without_rows(CONTRACT))) == list(score_slopes(both))
