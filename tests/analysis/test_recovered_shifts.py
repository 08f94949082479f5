"""Ratios between settings: planted ones are given back, and none is a ratio to nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import curve_table, select
from steering.analysis.recovered_shifts import left_out, setting_ratios, with_cosines
from steering.analysis.similarity import cosines
from steering.analysis.statistics import training_pairs
from steering.analysis.validation import CLEAR
from tests.support.synthetic import Design, results, standard, standard_curves

KEY = ["shifted", "setting"]


def of_one(table: pd.DataFrame, concept: str) -> pd.DataFrame:
    return table[table["concept"] == concept].set_index(KEY)


def test_known_ratios_are_given_back() -> None:
    under = {"USER_NEG": 0.2, "SYS_POS": 1.3}
    exact = {"brittle": Design(1.5, group_sd=0.3, noise=0.0, under=under)}
    table = of_one(setting_ratios(curve_table(results(exact))), "brittle")
    assert len(table) == 8
    for setting in ("SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG"):
        row = table.loc[("prompt", setting)]
        wanted = under.get(setting, 1.0)
        assert row["ratio"] == pytest.approx(wanted)
        assert row["planted"] == pytest.approx(wanted)
        assert row["moved"] == (setting in under)
        # All items keep the same share, so that the interval has no width.
        assert (row["low"], row["high"]) == pytest.approx((wanted, wanted))
        assert row["holds"]
        # Vectors of other settings do in BASE what that of BASE does.
        assert table.loc[("vector", setting), "ratio"] == pytest.approx(1)
    assert (table["n"] == 80).all()
    assert (table["groups"] == 10).all()


def test_a_model_that_differs_from_its_plan_is_seen() -> None:
    curves = standard_curves()
    away = (curves["prompt_setting"] == "USER_POS") & (curves["direction"] == "contrastive")
    changed = curves.assign(
        steerability=curves["steerability"].where(~away, 0.5 * curves["steerability"])
    )
    row = of_one(setting_ratios(changed), "strong").loc[("prompt", "USER_POS")]
    assert row["planted"] == pytest.approx(1)
    assert row["distance"] == pytest.approx(-0.5, abs=0.02)
    assert not row["holds"]
    assert row["low"] < row["ratio"] < row["high"]


def test_there_is_no_ratio_to_nothing() -> None:
    table = setting_ratios(standard_curves())
    assert {"strong", "weak", "letter", "yes"} == set(table["concept"])
    # Of one next to nothing was planted, of the other the measured mean may be nothing.
    assert left_out(standard_curves(), table) == ["inert", "reversed"]
    found = training_pairs.means(select(standard_curves()), "steerability", ["concept"]).set_index(
        "concept"
    )
    assert found.loc["reversed", "mean"] > CLEAR
    assert found.loc["reversed", "low"] < 0


def test_without_other_settings_or_truth_there_are_no_rows() -> None:
    curves = standard_curves()
    home = curves[(curves["prompt_setting"] == "BASE") & (curves["vector_setting"] == "BASE")]
    assert setting_ratios(home).empty
    found = setting_ratios(curves.assign(planted_steerability=np.nan))
    assert found.empty
    assert {"ratio", "planted", "holds"} <= set(found.columns)
    assert left_out(curves.assign(planted_steerability=np.nan), found) == []


def test_cosines_stand_beside_what_was_trained_in_that_layer() -> None:
    truth = pd.DataFrame(
        [("strong", "USER_POS", 0.6, 4), ("weak", "USER_POS", 1.0, 5)],
        columns=["concept", "vector_setting", "planted_cosine", "layer"],
    )
    ratios = setting_ratios(standard_curves())
    table = with_cosines(ratios, cosines(standard().cards), truth)
    assert set(table["shifted"]) == {"vector"}
    assert len(table) == (ratios["shifted"] == "vector").sum()
    row = of_one(table, "strong").loc[("vector", "USER_POS")]
    assert (row["cosine"], row["planted_cosine"]) == (0.97, 0.6)
    # Another layer was chosen than the one that was trained; another setting is not known.
    assert np.isnan(of_one(table, "weak").loc[("vector", "USER_POS"), "planted_cosine"])
    assert np.isnan(of_one(table, "strong").loc[("vector", "SYS_POS"), "planted_cosine"])
    assert with_cosines(ratios, cosines(standard().cards))["planted_cosine"].isna().all()


def test_vectors_that_turn_are_compared_with_what_was_planted_for_them() -> None:
    whole = standard()
    curves = whole.steerability
    turned = (curves["vector_setting"] == "SYS_NEG") & (curves["direction"] == "contrastive")
    factor = np.where(turned, 1.2, 1.0)
    moved = dataclasses.replace(
        whole,
        steerability=curves.assign(
            steerability=curves["steerability"] * factor,
            planted_steerability=curves["planted_steerability"] * factor,
        ),
    )
    row = of_one(setting_ratios(curve_table(moved)), "strong").loc[("vector", "SYS_NEG")]
    assert row["planted"] == pytest.approx(1.2)
    assert row["ratio"] == pytest.approx(1.2, abs=0.03)
    assert row["moved"]
