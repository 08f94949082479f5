"""In and out of distribution: paired, of the same curves, and planted losses found."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.brittleness import (
    in_and_out,
    rank_agreement,
    shift_matrix,
    shift_name,
    variance_in_and_out,
)
from steering.analysis.curves import select
from steering.analysis.variability import by_concept, spread_by_concept
from steering.records.kinds import OURS, PUBLIC
from steering.records.tables import SHIFTS
from tests.support.synthetic import DESIGNS, RESAMPLED, standard_curves, standard_shifts


def test_each_of_the_papers_shifts_has_its_planted_loss() -> None:
    table = standard_shifts().set_index(["shift", "concept"])
    assert list(dict.fromkeys(table.index.get_level_values("shift"))) == [
        shift_name(*shift) for shift in SHIFTS
    ]
    row = table.loc[("BASE→USER_NEG", "strong")]
    assert row["out_of_distribution"] / row["in_distribution"] == pytest.approx(0.5, abs=0.02)
    assert row["difference"] == pytest.approx(row["out_of_distribution"] - row["in_distribution"])
    assert row["difference_high"] < 0
    for name, part in (("in_distribution", "in"), ("out_of_distribution", "out")):
        assert (table[f"{part}_low"] <= table[name]).all()
        assert (table[f"{part}_high"] >= table[name]).all()
    assert table.loc[("SYS_NEG→USER_POS", "strong"), "difference"] == pytest.approx(0, abs=0.05)


def test_the_difference_is_paired() -> None:
    # Items differ by far more than a shift moves each of them: unpaired, nothing would be seen.
    base = select(standard_curves())
    one = base[base["concept"] == "reversed"]
    moved = one.assign(prompt_setting="USER_NEG", steerability=one["steerability"] - 0.1)
    row = in_and_out(pd.concat([one, moved])).iloc[0]
    assert row["in_high"] - row["in_low"] > 0.5
    assert (row["difference_low"], row["difference_high"]) == pytest.approx((-0.1, -0.1))


def test_only_curves_measured_on_both_sides_are_compared() -> None:
    table = standard_curves()
    out = (table["prompt_setting"] != "USER_NEG") | (table["item"] < table["item"].median())
    fewer = in_and_out(table[out]).set_index(["shift", "concept"])
    assert fewer.loc[("BASE→USER_NEG", "strong"), "n"] < 80
    assert fewer.loc[("BASE→USER_POS", "strong"), "n"] == 80


def test_a_shift_that_was_not_measured_has_no_row() -> None:
    table = standard_curves()
    assert set(in_and_out(table[table["vector_setting"] == "BASE"])["shift"]) == {
        "BASE→USER_NEG",
        "BASE→USER_POS",
    }
    assert in_and_out(table.iloc[:0]).empty


def test_rank_agreement_is_spearmans_over_concepts() -> None:
    shifted = standard_shifts()
    table = rank_agreement(shifted).set_index("shift")
    part = shifted[shifted["shift"] == "BASE→USER_NEG"]
    rho = stats.spearmanr(part["in_distribution"], part["out_of_distribution"]).statistic
    assert table.loc["BASE→USER_NEG", "rho"] == pytest.approx(rho)
    assert table.loc["BASE→USER_NEG", "concepts"] == len(DESIGNS)
    assert table.loc["BASE→USER_NEG", "high"] - table.loc["BASE→USER_NEG", "low"] > 0.5


def test_three_concepts_are_too_few_to_rank() -> None:
    shifted = standard_shifts()
    few = shifted[shifted["concept"].isin(["strong", "weak", "inert"])]
    row = rank_agreement(few).iloc[0]
    assert row["concepts"] == 3
    assert math.isnan(row["rho"])


def test_the_matrix_has_every_pair_and_says_its_multiple_of_base() -> None:
    table = shift_matrix(standard_curves()).set_index(
        ["concept", "vector_setting", "prompt_setting"]
    )
    assert len(table) == 25 * len(DESIGNS)
    assert table.loc[("strong", "BASE", "BASE"), "of_base"] == 1
    assert table.loc[("strong", "SYS_POS", "USER_NEG"), "of_base"] == pytest.approx(0.5, abs=0.02)
    assert table.loc[("letter", "USER_POS", "SYS_NEG"), "of_base"] == pytest.approx(0.9, abs=0.02)
    assert math.isnan(table.loc[("inert", "SYS_POS", "USER_NEG"), "of_base"])


def test_variances_are_those_of_the_slopes_in_and_out_of_distribution() -> None:
    curves = standard_curves()
    found = variance_in_and_out(spread_by_concept(curves)).set_index(["concept", "shift"])
    assert len(found) == 4 * len(DESIGNS)
    row = found.loc[("letter", "BASE→USER_NEG")]
    home, away = (
        select(curves[curves["concept"] == "letter"], prompt_setting=name)["steerability"].var()
        for name in ("BASE", "USER_NEG")
    )
    assert row["in_distribution"] == pytest.approx(home)
    assert row["out_of_distribution"] == pytest.approx(away)
    assert row["out_low"] < away < row["out_high"]
    assert rank_agreement(found.reset_index())["concepts"].to_list() == [6] * 4


def test_out_of_distribution_only_the_mean_in_it_knows_of_training_pairs() -> None:
    curves = standard_curves()
    shifted = in_and_out(curves)
    home = by_concept(curves).set_index("concept").loc[shifted["concept"], ["low", "high"]]
    assert np.allclose(shifted[["in_low", "in_high"]], home)
    for table_of in (shift_matrix, spread_by_concept):
        found = table_of(curves)
        own = (found["vector_setting"] == "BASE") & (found["prompt_setting"] == "BASE")
        assert (found["vectors_resampled"] == RESAMPLED * own).all()


def test_kinds_are_not_ranked_together() -> None:
    """The old ρ pooled them: of two kinds that differ, it is high whatever happens within each."""
    draw = np.random.default_rng(5)
    level = np.repeat([0.3, 3.0], 15)
    inside, outside = (level + draw.normal(0, 0.1, 30) for _ in range(2))
    kinds = np.repeat([PUBLIC, OURS], 15)
    shifted = pd.DataFrame({"model": "wren", "kind": kinds, "shift": "BASE→USER_NEG"})
    shifted = shifted.assign(in_distribution=inside, out_of_distribution=outside)
    assert stats.spearmanr(inside, outside).statistic > 0.7
    found = rank_agreement(shifted).set_index("kind")
    assert found["concepts"].to_list() == [15, 15]
    assert (found["low"] < 0).all()
    assert (found["rho"].abs() < 0.5).all()
