"""What adding a vector once does is what was measured there, and not the slope."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from steering.analysis.change import change_at
from steering.analysis.curves import curve_table, select
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY
from steering.steerability import slopes
from tests.support.synthetic import RESAMPLED, Design, results, standard, standard_curves

BENT = {"bent": Design(1.0, group_sd=0.2, noise=0.01)}
CUBIC = 0.3  # logits per unit of λ³


def bent(*, resampled_at: tuple[float, ...] | None = None) -> Results:
    """Curves that bend: the propensity has a cubic part, which a line through ±1.5 takes in."""
    run = results(BENT)
    sweep = run.sweep
    sweep = sweep.assign(propensity=sweep["propensity"] - CUBIC * sweep["multiplier"] ** 3)
    if resampled_at is not None:
        seldom = sweep["direction"] == "resampled"
        sweep = sweep[~seldom | sweep["multiplier"].isin(resampled_at)]
    fitted = slopes(sweep).set_index(list(STEERABILITY_KEY))
    known = run.steerability.set_index(list(STEERABILITY_KEY))
    told = [name for name in known if name.startswith("planted")]
    table = fitted.join(known[told]).reset_index()
    return dataclasses.replace(run, sweep=sweep, steerability=table)


def test_a_straight_curve_changes_by_its_slope() -> None:
    table = change_at(standard_curves(), standard()).set_index("concept")
    base = select(standard_curves()).groupby("concept")["steerability"].mean()
    for concept, row in table.iterrows():
        assert row["mean"] == pytest.approx(base[concept], abs=0.03)
        assert row["low"] <= row["mean"] <= row["high"]
        assert (row["n"], row["groups"], row["vectors_resampled"]) == (80, 10, RESAMPLED)
    down = change_at(standard_curves(), standard(), multiplier=-1.0).set_index("concept")
    assert down["mean"].to_dict() == pytest.approx((-table["mean"]).to_dict(), abs=0.03)


def test_the_slope_is_not_what_was_measured_at_one() -> None:
    """The page said "adding the vector once moves the propensity by" the slope over ±1.5."""
    run = bent()
    curves = curve_table(run)
    row = change_at(curves, run).iloc[0]
    sweep = run.sweep[run.sweep["item"].isin(curves["item"])]
    points = select(sweep).query("layer == 4")
    at = points.pivot_table(index=["item", "order"], columns="multiplier", values="propensity")
    assert row["mean"] == pytest.approx((at[1.0] - at[0.0]).mean())
    slope = select(curves)["steerability"].mean()
    assert row["mean"] == pytest.approx(1.0 - CUBIC, abs=0.15)
    assert slope < row["low"], "the old sentence printed a number outside of this interval"


def test_noise_of_training_pairs_counts_wherever_their_vectors_were_measured() -> None:
    run = bent()
    everywhere = change_at(curve_table(run), run).iloc[0]
    few = bent(resampled_at=(-1.5, 0.0, 1.5))
    row = change_at(curve_table(few), few).iloc[0]
    assert row["vectors_resampled"] == RESAMPLED
    assert row["mean"] == pytest.approx(everywhere["mean"])
    alone = dataclasses.replace(
        run, steerability=run.steerability.query("direction != 'resampled'")
    )
    narrow = change_at(curve_table(alone), alone).iloc[0]
    assert narrow["vectors_resampled"] == 0
    assert row["high"] - row["low"] > narrow["high"] - narrow["low"]


def test_a_multiplier_that_was_not_measured_has_no_row() -> None:
    table = change_at(standard_curves(), standard(), multiplier=3.0)
    assert table.empty
    assert isinstance(table, pd.DataFrame)
