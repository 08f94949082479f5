"""Sentences and tables of the added figures follow their tables."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from steering.analysis import brittleness, geometry, linearity, published, similarity, variability
from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.curves import of
from steering.analysis.decomposition import decomposition
from steering.figures.caption import Captioned
from steering.report import published as told
from steering.report import shapes
from tests.synthetic import standard, standard_curves


def test_factors_name_the_concept_and_what_has_no_share() -> None:
    curves = standard_curves()
    found = decomposition(curves)
    said = shapes.factors_found(found)
    most = found.query("method == 'Shapley' and factor == 'explained'").sort_values("share")
    assert f"most of the variance on {most['concept'].iloc[-1]}: " in said
    assert "There is no" not in said
    risk = curves.assign(
        positive_is_yes=curves["positive_is_yes"].mask(curves["concept"] == "weak")
    )
    without = decomposition(risk)
    assert "There is no Yes/No in the format of 1 of 6 concepts (weak)" in shapes.factors_found(
        without
    )
    row = next(line for line in shapes.factor_table(without).data.splitlines() if "weak" in line)
    assert row.count("none in this format") == 2


def test_ranges_and_doses_are_those_of_the_tables() -> None:
    ranges = linearity.by_range(of(standard_curves()), standard())
    said = shapes.range_found(ranges)
    assert said.startswith("Fitted to |\u2060λ\u2060| ≤ 0.5 instead of 1.5, mean slopes change by ")
    few = ranges.assign(rho=math.nan)
    assert "their order says nothing" in shapes.range_found(few)
    more = {"vector_norms": {"BASE": 2.0}, "residual_norm": 8.0, "multipliers": [-1.5, 0, 1, 1.5]}
    doses = geometry.doses([card | more for card in standard().cards])
    assert shapes.dose_found(doses) == (
        "At λ = 1 the vector is 0.25 times as long as what it is added to; "
        "at the largest |\u2060λ\u2060|, 1.5, it is 0.38 times as long."
    )
    shaped = linearity.by_concept(linearity.shapes(of(standard_curves()), standard()))
    assert len(shapes.shape_table(shaped, doses).data.splitlines()) == 2 + len(shaped)


def test_few_concepts_have_no_agreement() -> None:
    curves = standard_curves()
    three = curves[curves["concept"].isin(["strong", "weak", "yes"])]
    spreads = variability.spread_by_concept(three)
    agreement = brittleness.rank_agreement(brittleness.variance_in_and_out(spreads))
    assert "fewer than four concepts" in shapes.variance_found(agreement)
    relative = similarity.relative_steerability(three, standard())
    assert "cannot be judged" in shapes.similarity_found(similarity.similarity_agreement(relative))
    known = pd.DataFrame([{"rho": -0.4, "low": -0.9, "high": 0.5, "pairs": 90, "concepts": 6}])
    assert "−0.40 (95\u202f% interval −0.90 to 0.50, for 6 concepts)" in shapes.similarity_found(
        known
    )
    spreads = variability.spread_by_concept(curves)
    agreement = brittleness.rank_agreement(brittleness.variance_in_and_out(spreads))
    assert shapes.variance_found(agreement).count(";") == 3


def test_pairs_of_models_have_a_figure_each(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(shapes, "display", shown.append)
    curves = standard_curves()
    both = concept_means(pd.concat([curves, curves.assign(model="finch")]))
    pairs = between_models(both)
    shapes.show_pairs(pairs, model_agreement(pairs), "6 concepts", "95 %, somehow")
    assert [type(one) for one in shown] == [Captioned]
    assert "in wren and in finch" in shown[0].text
    alone = between_models(concept_means(curves))
    shapes.show_pairs(alone, model_agreement(alone), "6 concepts", "95 %, somehow")
    assert "No two models" in shown[1].data


def test_the_published_page_says_who_joins() -> None:
    assert told.joined_found([], ["wren"]).startswith("None of this report's concepts")
    assert "(narcissism). There, wren stands" in told.joined_found(["narcissism"], ["wren"])
    means = published.steerability()
    agreement = model_agreement(between_models(means))
    said = told.between_found(agreement, {"BASE→BASE": 0.769, "SYS_POS→USER_NEG": 0.586})
    assert said.count("**0.769** (the paper: 0.769)") == 1
    assert said.count("**0.586** (the paper: 0.586)") == 1
    assert "38 data sets" in said
    items = told.anti_steerable_published(published.items())
    assert "21\u202f% on average (median 22\u202f%)" in items
    assert "49\u202f% on myopic" in items
    quoted = published.quoted("in against out of distribution")
    table = told.readings_table(published.readings(means), quoted).data.splitlines()
    assert table[2] == "| **the paper's text** | 0.891 | 0.694 |"
    assert len(table) == 2 + 1 + 15
    assert "| −0.26 | −0.46 |" in told.only_quoted(published.not_computed()).data


def test_models_of_this_report_are_ranked_beside_the_published_ones() -> None:
    paper = [published.LLAMA, published.QWEN]
    theirs = published.steerability()
    like = theirs[theirs["model"] == published.LLAMA].assign(model="like")
    both = pd.concat([theirs, like])
    agreement = model_agreement(between_models(both))
    said = told.ours_found(agreement, paper)
    assert said is not None
    assert "like a published one in 2 of 2 pairs" in said.data
    row = next(line for line in said.data.splitlines() if "like | BASE→BASE" in line)
    assert "1.00 (" in row
    assert f"| {like['concept'].nunique()} |" in row
    turned = like.assign(mean=-like["mean"])
    other_way = model_agreement(between_models(pd.concat([theirs, turned])))
    against = told.ours_found(other_way, paper)
    assert against is not None
    assert "in 0 of 2 pairs" in against.data
    assert told.ours_found(model_agreement(between_models(theirs)), paper) is None


def test_shares_of_both_are_compared_over_the_same_data_sets() -> None:
    items = published.items()
    known = items.dropna(subset="concept").head(8)
    half = known["anti_steerable"] / 2
    bounds = {"anti_steerable_low": half, "anti_steerable_high": half}
    rows = known[["concept"]].assign(model="mine", anti_steerable=half, **bounds)
    stranger = rows.head(1).assign(concept="tidy")
    beside = published.beside(items, pd.concat([rows, stranger]))
    assert sorted(beside["concept"]) == sorted(known["concept"])
    assert beside["published"].to_numpy() == pytest.approx(2 * beside["anti_steerable"].to_numpy())
    agreement = published.share_agreement(beside)
    one = agreement.iloc[0]
    assert one["rho"] == pytest.approx(1)
    assert one["concepts"] == 8
    assert one["published"] == pytest.approx(known["anti_steerable"].mean())
    said = told.anti_steerable_ours(agreement)
    assert said is not None
    assert said.data.startswith("Mean share on the 8 data sets measured here as well, with")
    assert "(ρ 1.00, " in said.data
    one_set = published.share_agreement(published.beside(items, rows.head(1)))
    alone = told.anti_steerable_ours(one_set)
    assert alone is not None
    assert alone.data.startswith("Mean share on the 1 data set measured here as well: mine ")
    assert "ρ" not in alone.data
    none = published.share_agreement(published.beside(items, stranger))
    assert told.anti_steerable_ours(none) is None


def test_the_push_towards_a_letter_is_counted_and_the_largest_named() -> None:
    bias = pd.DataFrame(
        [("plain", 0.01, -0.02, 0.03), ("tidy", -0.8, -0.9, -0.7), ("brave", 0.1, 0.05, 0.2)],
        columns=["concept", "mean", "low", "high"],
    )
    said = shapes.bias_found(bias)
    assert said.startswith("On 2 of 3 concepts")
    assert "largest on tidy: 0.80 logits per unit of λ towards B (0.70 to 0.90)." in said
    none = shapes.bias_found(bias.head(1))
    assert none.startswith("On 0 of 1 concept ")
    assert "largest" not in none
