"""The two-way bootstrap, held against closed forms and against ways to get it wrong."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.decomposition import decomposition
from steering.analysis.letters import by_answer, position_bias
from steering.analysis.statistics import groups as intervals
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.training_pairs import (
    beside_resampled,
    correlations,
    drawn,
    mean_alone,
    mean_of,
    means,
    medians,
    shares,
)
from steering.analysis.validation import recovery
from steering.analysis.variability import by_concept
from tests.support.synthetic import RESAMPLED, standard_curves

Slopes = np.ndarray


def table(slopes: Slopes, per_group: int = 1) -> pd.DataFrame:
    """Slopes of vector × curve as rows: the vector itself first, then the resampled ones."""
    vectors, curves = slopes.shape
    kinds = ["contrastive", *["resampled"] * (vectors - 1)]
    return pd.DataFrame(
        {
            "direction": np.repeat(kinds, curves),
            "number": np.repeat([0, *range(vectors - 1)], curves),
            "item": np.tile(np.arange(curves), vectors),
            "order": 0,
            "group": np.tile(np.arange(curves) // per_group, vectors),
            "slope": slopes.ravel(),
        }
    )


def balanced(
    groups: int = 60, vectors: int = 50, *, made: float = 0.2, per_group: int = 1
) -> Slopes:
    """Every curve has its own slope, and every vector moves all of them alike."""
    draw = np.random.default_rng(5)
    of_items = np.repeat(draw.normal(1, 1, groups), per_group)
    of_vectors = np.append(0, draw.normal(0, made, vectors))
    return of_vectors[:, None] + of_items


def closed_form(slopes: Slopes, per_group: int = 1) -> float:
    """Variance of a mean: that of groups over their number, and that between vectors."""
    of_groups = slopes[0].reshape(-1, per_group).mean(axis=1)
    return float(of_groups.var() / len(of_groups) + slopes[1:].mean(axis=1).var())


def drawn_means(rows: pd.DataFrame) -> np.ndarray:
    found = drawn(rows, np.column_stack([np.ones(len(rows)), rows["slope"]]), draws=4000)
    return found.sums[:, 1] / found.sums[:, 0]


@pytest.mark.parametrize("made", [0.0, 0.05, 0.2, 1.0])
def test_the_variance_of_a_mean_is_that_of_items_and_that_of_vectors(made: float) -> None:
    slopes = balanced(made=made)
    variance = drawn_means(table(slopes)).var()
    assert variance == pytest.approx(closed_form(slopes), rel=0.1)
    row = means(table(slopes), "slope", []).iloc[0]
    width = 2 * stats.t.ppf(0.975, 59) * math.sqrt(closed_form(slopes) * 60 / 59)
    assert row["high"] - row["low"] == pytest.approx(width, rel=0.15)
    assert row["low"] < row["mean"] < row["high"]
    assert row["vectors_resampled"] == 50


def test_a_vector_for_each_item_would_lose_the_spread_between_vectors() -> None:
    slopes = balanced()
    draw = np.random.default_rng(0)
    curves = np.arange(60)
    wrong = [slopes[draw.integers(1, 51, 60), draw.choice(curves, 60)].mean() for _ in range(2000)]
    assert np.var(wrong) < 0.5 * closed_form(slopes)
    right = drawn_means(table(slopes)).var()
    assert right == pytest.approx(closed_form(slopes), rel=0.1)


def test_curves_of_a_group_are_drawn_together_along_every_vector() -> None:
    slopes = balanced(30, made=0.02, per_group=8)
    rows = table(slopes, per_group=8)
    right = drawn_means(rows).var()
    assert right == pytest.approx(closed_form(slopes, per_group=8), rel=0.1)
    wrong = drawn_means(rows.assign(group=rows["item"])).var()
    assert wrong < 0.25 * right


def test_vectors_of_the_wrong_sign_are_seen() -> None:
    slopes = balanced(made=0.05)
    right = means(table(slopes), "slope", []).iloc[0]
    assert right["low"] > 0.5
    flipped = np.vstack([slopes[:1], -slopes[1:]])
    wrong = means(table(flipped), "slope", []).iloc[0]
    assert wrong["high"] < 0


def test_rows_may_stand_in_any_order() -> None:
    rows = table(balanced(per_group=2), per_group=2)
    mixed = rows.sample(frac=1, random_state=1)
    for found, again in (
        (means(rows, "slope", []), means(mixed, "slope", [])),
        (medians(rows, "slope", []), medians(mixed, "slope", [])),
    ):
        assert np.allclose(found, again)


def test_without_resampled_vectors_it_is_the_bootstrap_of_test_items() -> None:
    rows = table(balanced(per_group=3)[:1], per_group=3)
    row = means(rows, "slope", []).iloc[0]
    columns = np.column_stack([np.ones(len(rows)), rows["slope"]])
    sums, groups = intervals.resampled(columns, rows["group"])
    low, high = intervals.percentiles(sums[:, 1] / sums[:, 0], groups)
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert (row["n"], row["groups"], row["vectors_resampled"]) == (180, 60, 0)


def test_a_vector_that_was_not_measured_on_all_curves_is_left_out() -> None:
    rows = table(balanced())
    seventh = (rows["direction"] == "resampled") & (rows["number"] == 7)
    lacking = rows[~seventh | (rows["item"] > 3)]
    assert means(lacking, "slope", [])["vectors_resampled"].to_list() == [49]
    assert shares(lacking.assign(flag=lacking["slope"] < 0), "flag", [])["n"].to_list() == [60]


def test_a_spread_between_vectors_widens_the_interval_of_a_share() -> None:
    slopes = balanced(made=0.5)
    rows = table(slopes)
    rows["flag"] = rows["slope"] < 0
    both = shares(rows, "flag", []).iloc[0]
    alone = shares(rows[rows["direction"] == "contrastive"], "flag", []).iloc[0]
    assert both["share"] == alone["share"] == (slopes[0] < 0).mean()
    assert both["high"] - both["low"] > 1.5 * (alone["high"] - alone["low"])
    # Of as many observations as have the variance of both, a little fewer for fifty vectors alone.
    share = both["share"]
    spread = (slopes[1:] < 0).mean(axis=1).var(ddof=1)
    number = 1 / (1 / 60 + spread / (share * (1 - share)))
    low, high = intervals.share_interval(share * number, number)
    assert both["high"] - both["low"] == pytest.approx(high - low, rel=0.03)
    assert both["high"] - both["low"] > high - low


def test_no_curve_below_zero_is_less_sure_where_other_vectors_have_some() -> None:
    flags = np.zeros((51, 60))
    none = shares(table(flags), "slope", []).iloc[0]
    assert none["low"] == 0
    assert none["high"] == pytest.approx(intervals.share_interval(0, 60)[1])
    flags[1:20, :12] = 1
    some = shares(table(flags), "slope", []).iloc[0]
    assert some["share"] == some["low"] == 0
    assert some["high"] > 1.5 * none["high"]
    unknown = shares(table(flags * math.nan), "slope", []).iloc[0]
    assert unknown[["share", "low", "high"]].isna().all()


def test_a_median_is_that_of_the_curves_that_were_drawn() -> None:
    slopes = balanced(9, 3)
    row = medians(table(slopes), "slope", []).iloc[0]
    times = intervals.times(9, intervals.DRAWS, intervals.SEED).astype(int)
    found = [np.median(np.repeat(slopes[1 + number % 3], one)) for number, one in enumerate(times)]
    assert row["median"] == np.median(slopes[0])
    assert (row["median_low"], row["median_high"]) == intervals.percentiles(found, 9)


def test_noise_in_the_vector_is_no_spread_between_items() -> None:
    # Every resampled vector adds noise of its own to each curve; the vector itself has none.
    draw = np.random.default_rng(1)
    slopes = balanced(made=0)
    slopes[1:] += draw.normal(0, 0.5, slopes[1:].shape)
    row = means(table(slopes), "slope", []).iloc[0]
    assert row["sd"] == pytest.approx(slopes[0].std(ddof=1))
    assert row["sd_low"] <= row["sd"] <= row["sd_high"]
    uncorrected = slopes[1:].std(axis=1, ddof=1).mean()
    assert (row["sd_low"] + row["sd_high"]) / 2 < uncorrected


def test_a_correlation_is_pearsons_and_less_sure_over_vectors() -> None:
    draw = np.random.default_rng(2)
    slopes = balanced(made=0)
    x = slopes[0] + draw.normal(0, 0.5, 60)
    slopes[1:] += draw.normal(0, 1, (50, 1)) * draw.normal(0, 0.3, 60)
    rows = table(slopes).assign(x=np.tile(x, 51))
    both = correlations(rows, "x", "slope", []).iloc[0]
    alone = correlations(rows[rows["direction"] == "contrastive"], "x", "slope", []).iloc[0]
    assert both["correlation"] == pytest.approx(stats.pearsonr(x, slopes[0]).statistic)
    assert both["high"] - both["low"] > alone["high"] - alone["low"]


def test_resampled_vectors_stand_beside_the_contrastive_one_alone() -> None:
    curves = standard_curves()
    both = beside_resampled(curves)
    assert len(both[["direction", "number"]].drop_duplicates()) == 1 + RESAMPLED
    assert set(beside_resampled(curves, direction="planted")["direction"]) == {"planted"}
    away = beside_resampled(curves, prompt_setting="USER_NEG")
    assert set(away["direction"]) == {"contrastive"}


def test_whatever_is_shown_in_distribution_knows_of_training_pairs() -> None:
    curves = standard_curves()
    few = curves[~training_pairs.is_resampled(curves["direction"])]
    ends = {
        by_concept: ("low", "high"),
        position_bias: ("sd_low", "sd_high"),
        by_answer: ("low", "high"),
    }
    for function, (low, high) in ends.items():
        with_vectors, without = function(curves), function(few)
        assert (with_vectors["vectors_resampled"] == RESAMPLED).all()
        assert (without["vectors_resampled"] == 0).all()
        pd.testing.assert_series_equal(with_vectors["mean"], without["mean"])
        widths = [(one[high] - one[low]).sum() for one in (with_vectors, without)]
        assert widths[0] > widths[1]
    for concepts in (by_concept(curves), by_concept(few)):
        for name in ("mean", "median", "sd", "anti_steerable", "reversed"):
            low, high = ("low", "high") if name == "mean" else (f"{name}_low", f"{name}_high")
            assert (concepts[low] <= concepts[name]).all()
            assert (concepts[name] <= concepts[high]).all()
    assert (decomposition(curves)["vectors_resampled"] == RESAMPLED).all()
    pooled = recovery(curves, pooled=True).set_index("direction")["vectors_resampled"]
    assert pooled.to_dict() == {"contrastive": RESAMPLED, "planted": 0}


@pytest.mark.parametrize("vectors", [1, 50])
def test_the_mean_alone_is_that_with_the_standard_deviation(vectors: int) -> None:
    slopes = balanced(vectors=vectors, per_group=2)
    group = np.repeat(np.arange(60), 2)
    assert mean_alone(slopes, group) == mean_of(slopes, group)[:3]
