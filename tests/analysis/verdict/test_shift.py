"""Whether the vector keeps its effect when the prompt changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.answering import answering
from steering.analysis.brittleness import MARGIN, in_and_out, p_outside
from steering.analysis.curves import curve_table
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.shift import shift_verdicts
from tests.support.synthetic import Design, Results, results, standard


def verdicts_on(measured: Results) -> pd.DataFrame:
    curves = curve_table(measured)
    return shift_verdicts(curves, steering_verdicts(curves, answering(measured)))


def test_what_was_planted_to_lose_effect_is_said_to_and_nothing_else() -> None:
    table = verdicts_on(standard())
    lost = table[table["outcome"] == outcomes.BRITTLE]
    assert {*zip(lost["concept"], lost["subject"], strict=True)} == {
        (concept, shift)
        for concept in ("strong", "weak")
        for shift in ("BASE→USER_NEG", "SYS_POS→USER_NEG")
    }
    kept = table[table["concept"].isin(["letter", "yes"])]
    assert set(kept["outcome"]) == {outcomes.KEPT}


def test_where_the_vector_moves_nothing_no_shift_is_judged() -> None:
    """Of a slope of nothing, the former rule gave the share that is left."""
    table = verdicts_on(standard())
    judged = table[table["concept"].isin(["inert", "reversed"])]
    assert set(judged["outcome"]) == {outcomes.NOT_STEERED}
    assert judged[["estimate", "low", "high", "p"]].isna().all(axis=None)


def test_a_small_but_significant_change_keeps_its_effect() -> None:
    """The old rule called 36 of 50 unchanged pairs lower: an interval without zero, of 4 %."""
    slightly = results({"slightly": Design(2.0, group_sd=0.1, under={"USER_NEG": 0.95})})
    old = in_and_out(curve_table(slightly)).set_index("shift").loc["BASE→USER_NEG"]
    assert old["difference_high"] < 0, "the difference is significant"
    row = verdicts_on(slightly).set_index("subject").loc["BASE→USER_NEG"]
    assert row["outcome"] == outcomes.KEPT
    assert row["estimate"] == pytest.approx(0.95, abs=0.01)


def test_a_gain_is_told_as_a_loss_is() -> None:
    gains = results({"gains": Design(2.0, group_sd=0.1, under={"USER_POS": 1.6})})
    table = verdicts_on(gains).set_index("subject")["outcome"]
    assert table["BASE→USER_POS"] == table["SYS_NEG→USER_POS"] == outcomes.STRONGER
    assert table["BASE→USER_NEG"] == outcomes.KEPT


def test_a_table_without_resampled_vectors_out_of_distribution_says_so() -> None:
    table = verdicts_on(standard())
    assert set(table["reason"]) == {"the interval is over test items alone"}


def test_the_noise_of_training_pairs_widens_the_interval_of_the_share() -> None:
    measured = results({"one": Design(2.0, group_sd=0.1)})
    curves = curve_table(measured)
    alone = in_and_out(curves).set_index("shift").loc["BASE→USER_NEG"]
    own = curves[(curves["direction"] == "resampled") & (curves["prompt_setting"] == "BASE")]
    noise = np.random.default_rng(0).normal(0, 0.1, own["number"].max() + 1)
    # The resampled vectors do more or less out of distribution than they do in it.
    away = own.assign(
        prompt_setting="USER_NEG",
        steerability=own["steerability"] * (1 + noise[own["number"].to_numpy()]),
    )
    both = in_and_out(pd.concat([curves, away])).set_index("shift").loc["BASE→USER_NEG"]
    assert both["vectors_resampled_out"] == 20
    assert alone["vectors_resampled_out"] == 0
    width = both["share_high"] - both["share_low"]
    assert width == pytest.approx(4 * noise.std(), rel=0.4)
    assert width > 5 * (alone["share_high"] - alone["share_low"])


@pytest.mark.parametrize(("share", "beyond"), [(1.0, False), (0.5, True), (1.8, True)])
def test_the_p_of_the_margin_is_small_outside_and_large_inside(share: float, beyond: bool) -> None:
    inside = np.random.default_rng(1).normal(2, 0.05, 2000)
    p = p_outside(inside, share * inside, (2.0, 2 * share), 50)
    assert (p < 1e-6) == beyond
    assert p == pytest.approx(p_outside(-inside, -share * inside, (-2.0, -2 * share), 50))


def test_at_the_margin_itself_p_is_one() -> None:
    inside = np.random.default_rng(1).normal(2, 0.05, 2000)
    for end in MARGIN:
        outside = end * inside + np.random.default_rng(2).normal(0, 0.05, 2000)
        assert p_outside(inside, outside, (2.0, 2 * end), 50) == pytest.approx(1.0)
