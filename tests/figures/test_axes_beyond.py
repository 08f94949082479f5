"""The figures beyond the first five: what is drawn is what the table says."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.brittleness import rank_agreement, variance_in_and_out
from steering.analysis.chance import items_against_chance
from steering.analysis.curves import of
from steering.analysis.decomposition import decomposition
from steering.analysis.geometry import cosines
from steering.analysis.linearity import by_range, shapes
from steering.analysis.similarity import relative_steerability, similarity_agreement
from steering.analysis.variability import by_concept, spread_by_concept
from steering.figures import across, geometry, linearity, similarity
from steering.figures.brittleness import shift_panels
from steering.figures.chance import items_against_chance as items_drawn
from steering.figures.decomposition import COLOURS, spurious_factors
from steering.figures.theme import SETTING_COLOURS
from tests.drawn import rows
from tests.drawn import sorted_points as points
from tests.synthetic import DESIGNS, standard, standard_curves

UNIT = "logits per unit of λ"


def bar_lengths(ax: Axes) -> dict[str, list[float]]:
    names = {colour.lower(): factor for factor, colour in COLOURS.items()}
    found: dict[str, list[float]] = {factor: [] for factor in COLOURS}
    for bar in ax.patches:
        found[names[to_hex(bar.get_facecolor())]].append(bar.get_width())
    return found


@pytest.mark.parametrize("method", ["sequential", "Shapley"])
def test_bars_are_the_shares_and_fill_the_row(method: str) -> None:
    shares = decomposition(standard_curves())
    ax = spurious_factors(shares, method=method)
    given = shares[shares["method"] == method].set_index(["factor", "concept"])["share"]
    lengths = bar_lengths(ax)
    for factor in COLOURS:
        assert lengths[factor] == pytest.approx([given[factor, name] for name in rows(ax)])
    assert np.sum(list(lengths.values()), axis=0) == pytest.approx(np.ones(len(DESIGNS)))
    assert not ax.texts


def test_a_factor_without_a_share_is_named_and_has_no_bar() -> None:
    curves = standard_curves()
    yes = curves["positive_is_yes"].mask(curves["concept"] == "weak")
    ax = spurious_factors(decomposition(curves.assign(positive_is_yes=yes)))
    assert [text.get_text() for text in ax.texts] == ["no Yes/No here"]
    assert ax.texts[0].get_position()[1] == rows(ax).index("weak")
    assert bar_lengths(ax)["Yes/No"][rows(ax).index("weak")] == 0


def test_two_models_meet_in_a_panel_per_shift() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin", steerability=2 * table["steerability"])])
    pairs = between_models(concept_means(both))
    figure = across.model_panels(pairs, model_agreement(pairs))
    left, right = figure.axes
    assert left.get_title("left") == "BASE→BASE"
    assert right.get_title("left") == "SYS_POS→USER_NEG"
    home = pairs[pairs["shift"] == "BASE→BASE"]
    assert np.allclose(points(left), sorted(zip(home["x"], home["y"], strict=True)))
    assert left.get_xlabel() == f"wren\n({UNIT})"
    assert left.get_ylabel() == f"robin\n({UNIT})"
    assert "ρ = 1.00" in left.texts[0].get_text()
    assert len(figure.legends[0].get_texts()) == len(DESIGNS)


def test_each_concept_has_a_row_and_each_model_a_place_in_it() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin", steerability=2 * table["steerability"])])
    found = by_concept(both)
    ax = across.steerability_by_model(found)
    assert set(rows(ax)) == set(DESIGNS)
    drawn = points(ax)
    assert sorted(x for x, _ in drawn) == sorted(found["mean"])
    place = {name: row for row, name in enumerate(rows(ax))}
    for row in found.itertuples():
        aside = -0.15 if row.model == "wren" else 0.15
        assert any(np.allclose(at, (row.mean, place[row.concept] + aside)) for at in drawn)
    hollow = [line for line in ax.get_lines() if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    certain = found["beyond_chance"].astype(bool)
    assert sum(len(line.get_xdata()) for line in hollow) == (~certain).sum() > 0


def test_published_numbers_without_intervals_can_be_drawn() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin")])
    found = concept_means(both).assign(low=np.nan, high=np.nan)
    pairs = between_models(found)
    across.model_panels(pairs, model_agreement(pairs)).draw_without_rendering()


def test_relative_steerability_is_drawn_with_the_concepts_counted() -> None:
    results = standard()
    sweep = results.sweep
    shift = sweep["prompt_setting"].map({"USER_NEG": -2.0, "USER_POS": 1.0}).fillna(0)
    moved = dataclasses.replace(results, sweep=sweep.assign(propensity=sweep["propensity"] + shift))
    relative = relative_steerability(standard_curves(), moved)
    ax = similarity.relative_steerability(relative, similarity_agreement(relative))
    wanted = sorted(zip(relative["propensity_distance"], relative["relative"], strict=True))
    assert np.allclose(points(ax), wanted)
    concepts = relative["concept"].nunique()
    assert f"{len(relative)} pairs of {concepts} concepts" in ax.texts[0].get_text()
    assert "logits" in ax.get_xlabel()


def test_slopes_by_range_are_a_line_per_concept() -> None:
    ranges = by_range(of(standard_curves()), standard())
    ax = linearity.slopes_by_range(ranges)
    assert np.allclose(points(ax), sorted(zip(ranges["reach"], ranges["mean"], strict=True)))
    assert UNIT in ax.get_ylabel()


def test_curvatures_mark_their_median() -> None:
    found = shapes(of(standard_curves()), standard())
    ax = linearity.curvatures(found)
    medians = found.groupby("concept")["curvature"].median()
    assert np.allclose(
        points(ax), sorted((medians[name], row) for row, name in enumerate(rows(ax)))
    )
    assert "per unit of λ²" in ax.get_xlabel()


def test_means_stand_against_variances() -> None:
    spreads = of(spread_by_concept(standard_curves()).assign(direction="contrastive"))
    ax = linearity.mean_against_variance(spreads)
    assert np.allclose(points(ax), sorted(zip(spreads["mean"], spreads["variance"], strict=True)))
    assert UNIT in ax.get_ylabel()


def test_cosines_leave_out_that_of_base_with_itself() -> None:
    ax = geometry.cosine_similarities(cosines(standard().cards))
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [*(name for name in SETTING_COLOURS if name != "BASE"), "true direction"]
    assert len(points(ax)) == 5 * len(DESIGNS)
    assert {x for x, _ in points(ax)} == {0.95, 0.92, 0.97, 0.9, 0.8}


def test_without_a_known_truth_no_diamond_is_drawn() -> None:
    ax = geometry.cosine_similarities(cosines(standard().cards).assign(cosine_planted=np.nan))
    assert len(ax.get_legend().get_texts()) == 4


def test_items_beyond_chance_are_counted_and_in_order() -> None:
    curves = standard_curves()
    items = of(items_against_chance(curves[curves["concept"] == "reversed"]))
    ax = items_drawn(items)
    told = {str(line.get_label()): line for line in ax.get_lines() if ":" in str(line.get_label())}
    up, down = (items[f"{name}_beyond_chance"].sum() for name in ("steerable", "anti_steerable"))
    assert set(told) <= {
        f"steerable beyond chance: {up}",
        f"anti-steerable beyond chance: {down}",
        f"may be chance: {len(items) - up - down}",
    }
    assert min(up, down) > 0
    drawn = points(ax)
    assert len(drawn) == len(items)
    slopes = [y for _, y in drawn]
    assert slopes == sorted(slopes)
    fallen = told[f"anti-steerable beyond chance: {down}"]
    assert max(fallen.get_ydata()) < 0


def test_panels_of_variances_say_their_unit() -> None:
    varied = variance_in_and_out(spread_by_concept(standard_curves()))
    figure = shift_panels(varied, rank_agreement(varied), unit="squared logits")
    assert "(squared logits)" in figure.get_supxlabel()
    home = varied[varied["shift"] == "BASE→USER_NEG"]
    assert points(figure.axes[0]) == sorted(
        home[["in_distribution", "out_of_distribution"]].itertuples(index=False, name=None)
    )
