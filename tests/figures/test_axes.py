"""What is drawn is what the table says: artists' data, counts, labels with units."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from steering.analysis import chance as chance_tables
from steering.analysis import validation as validation_tables
from steering.analysis.brittleness import in_and_out, rank_agreement
from steering.analysis.brittleness import shift_matrix as matrix_of
from steering.analysis.curves import of
from steering.analysis.examples import example_curves
from steering.analysis.layers import layer_map as map_of
from steering.analysis.layers import layer_slopes
from steering.analysis.variability import by_answer, by_concept
from steering.figures import brittleness, chance, layers, validation, variability
from steering.figures.curves import propensity_curves
from steering.figures.theme import DIRECTION_COLOURS, SETTING_COLOURS
from tests.drawn import points
from tests.synthetic import DESIGNS, standard, standard_curves

UNIT = "logits per unit of λ"


def bars(ax: Axes) -> list[float]:
    """The lengths of all error bars, in the order drawn."""
    return [
        float(np.ptp(segment, axis=0).max())
        for container in ax.containers
        for collection in container[2]
        for segment in collection.get_segments()
    ]


def same(found: list[tuple[float, float]], wanted: Iterable[tuple[float, float]]) -> bool:
    """Whether two sets of points are the same, in any order."""
    return bool(np.allclose(sorted(found), sorted(wanted)))


def labels(ax: Axes) -> list[str]:
    return [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]


def test_figure_one_shows_mean_interval_and_chance_of_every_concept() -> None:
    concepts = by_concept(standard_curves())
    ax = variability.steerability_violins(of(standard_curves()), concepts)
    ordered = concepts.sort_values("mean", ascending=False)
    assert labels(ax) == ordered["concept"].to_list()
    assert len([c for c in ax.collections if isinstance(c, PolyCollection)]) == len(DESIGNS)
    assert same(points(ax), zip(ordered["mean"], range(len(ordered)), strict=True))
    assert sorted(bars(ax)) == pytest.approx(sorted(concepts["high"] - concepts["low"]))
    bands = [p for p in ax.patches if isinstance(p, Rectangle)]
    assert sorted(p.get_width() for p in bands) == pytest.approx(
        sorted(2 * concepts["chance_high"])
    )
    assert UNIT in ax.get_xlabel()


def test_a_mean_that_may_be_chance_is_hollow() -> None:
    concepts = by_concept(standard_curves())
    ax = variability.steerability_violins(of(standard_curves()), concepts)
    hollow = [
        float(line.get_xdata()[0])
        for line in ax.get_lines()
        if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) == "#ffffff"
        for _ in [0]
    ]
    means = concepts.loc[~concepts["beyond_chance"].astype(bool), "mean"]
    assert set(hollow) <= set(means)
    assert len(hollow) == 1


def test_a_concept_without_random_vectors_has_no_band_and_a_hollow_dot() -> None:
    table = of(standard_curves())
    concepts = by_concept(table)
    ax = variability.steerability_violins(table, concepts)
    assert not [p for p in ax.patches if isinstance(p, Rectangle)]
    assert len(points(variability.anti_steerable_shares(concepts))) == len(DESIGNS)


def test_shares_stand_in_the_order_of_the_violins() -> None:
    concepts = by_concept(standard_curves())
    figure = variability.variability(of(standard_curves()), concepts)
    left, right = figure.axes
    assert left.get_ylim() == right.get_ylim()
    share = concepts.set_index("concept")["anti_steerable"]
    row = {name: place for place, name in enumerate(labels(left))}
    found = {y: x for x, y in points(right) if y == round(y)}
    assert found == pytest.approx({row[name]: share[name] for name in DESIGNS})
    diamonds = [(x, y) for x, y in points(right) if y != round(y)]
    assert len(diamonds) == len(DESIGNS)
    whiskers = [one.get_segments() for one in right.containers[-1].lines[2]]
    ends = concepts[[f"anti_steerable_beyond_chance_{end}" for end in ("low", "high")]]
    drawn = [tuple(segment[:, 0]) for segment in whiskers[0]]
    assert np.allclose(sorted(drawn), sorted(ends.itertuples(index=False, name=None)))
    assert right.get_xlim() == (0, 1)


def test_answers_are_counted() -> None:
    curves = of(standard_curves())
    curves = curves[curves["concept"] == "letter"]
    answers = by_answer(curves)
    ax = variability.steerability_by_answer(curves, answers)
    counts = answers["n"].to_list()
    assert labels(ax) == [
        f"{answer} n = {n}"
        for answer, n in zip(("A = Yes", "A = No", "B = Yes", "B = No"), counts, strict=True)
    ]
    assert [x for x, _ in points(ax)] == pytest.approx(answers["mean"].to_list())
    assert UNIT in ax.get_xlabel()


def test_answers_without_yes_and_no_are_letters_only() -> None:
    curves = of(standard_curves())
    curves = curves[curves["concept"] == "letter"]
    curves = curves.assign(positive_is_yes=pd.array([pd.NA] * len(curves), dtype="boolean"))
    ax = variability.steerability_by_answer(curves, by_answer(curves))
    assert labels(ax) == ["A n = 40", "B n = 40"]


def test_curves_have_their_points_and_their_slope_in_the_legend() -> None:
    table = example_curves(standard_curves(), standard())
    table = table[table["concept"] == "reversed"]
    ax = propensity_curves(table)
    assert same(points(ax), zip(table["multiplier"], table["propensity"], strict=True))
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    lowest = table["steerability"].min()
    assert f"most anti-steerable: slope −{abs(lowest):.2f}" in legend
    assert "logit" in ax.get_ylabel()
    assert "λ" in ax.get_xlabel()


def test_a_shift_has_a_point_per_concept_on_equal_terms() -> None:
    shifted = in_and_out(standard_curves())
    one = shifted[shifted["shift"] == "BASE→USER_NEG"]
    agreement = rank_agreement(one)
    ax = brittleness.in_against_out_of_distribution(one, agreement)
    assert same(points(ax), zip(one["in_distribution"], one["out_of_distribution"], strict=True))
    assert len(bars(ax)) == 2 * len(one)
    assert f"ρ = {agreement['rho'].iloc[0]:.2f}" in ax.texts[0].get_text()
    assert UNIT in ax.get_xlabel()
    assert UNIT in ax.get_ylabel()


def test_too_few_concepts_are_said_to_be_too_few() -> None:
    shifted = in_and_out(standard_curves())
    few = shifted[shifted["concept"].isin(["strong", "weak"])]
    figure = brittleness.shift_panels(few, rank_agreement(few))
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_title("left") for ax in shown] == list(dict.fromkeys(few["shift"]))
    assert all("too few" in ax.texts[0].get_text() for ax in shown)


def test_many_concepts_share_the_colour_of_their_shift_and_need_no_legend() -> None:
    one = in_and_out(standard_curves())
    one = one[one["shift"] == "BASE→USER_NEG"]
    many = pd.concat([one.assign(concept=one["concept"] + str(n)) for n in range(3)])
    figure = brittleness.shift_panels(many, rank_agreement(many))
    colours = {
        to_hex(line.get_color()) for line in figure.axes[0].get_lines() if line.get_marker() == "o"
    }
    assert len(colours) == 1
    assert not figure.legends


def test_the_matrix_says_each_mean_in_its_cell() -> None:
    matrix = matrix_of(standard_curves())
    one = matrix[matrix["concept"] == "strong"]
    ax = brittleness.shift_matrix(one)
    mesh = next(c for c in ax.collections if isinstance(c, QuadMesh))
    cells = one.set_index(["vector_setting", "prompt_setting"])["mean"]
    values = np.asarray(mesh.get_array()).ravel()
    wanted = [cells[row, column] for row in SETTING_COLOURS for column in SETTING_COLOURS]
    assert values == pytest.approx(wanted)
    assert [text.get_text() for text in ax.texts] == [f"{value:.2f}" for value in wanted]
    low, high = mesh.get_clim()
    assert low == -high
    assert UNIT in ax.figure.axes[-1].get_ylabel()


def test_settings_the_model_lacks_are_left_out_of_the_matrix() -> None:
    matrix = matrix_of(standard_curves())
    keep = ~matrix["prompt_setting"].str.startswith("SYS") & ~matrix[
        "vector_setting"
    ].str.startswith("SYS")
    ax = brittleness.shift_matrix(matrix[keep & (matrix["concept"] == "weak")])
    assert labels(ax) == ["BASE", "USER_POS", "USER_NEG"]


def test_each_setting_of_each_concept_has_its_dot() -> None:
    matrix = matrix_of(standard_curves())
    ax = brittleness.setting_slopes(matrix)
    made = matrix[matrix["vector_setting"] == "BASE"]
    assert sorted(x for x, _ in points(ax)) == pytest.approx(sorted(made["mean"]))
    assert len(ax.get_legend().get_texts()) == 5


def test_the_chosen_layer_is_ringed_and_framed() -> None:
    ax = layers.layer_choice(layer_slopes(standard()))
    rings = [line for line in ax.get_lines() if line.get_markersize() == 15]
    assert {float(line.get_xdata()[0]) for line in rings} == {4.0}
    assert len(rings) == len(DESIGNS)
    assert UNIT in ax.get_ylabel()

    table = map_of(standard())
    ax = layers.layer_map(table[table["concept"] == "strong"])
    frame = next(p for p in ax.patches if isinstance(p, Rectangle))
    assert (frame.get_y(), frame.get_height()) == (1, 1)  # layers 2, 4, 6: 4 is the second row
    assert labels(ax) == ["2", "4", "6"]
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert ticks == ["−1.5", "−1.0", "−0.5", "0.0", "0.5", "1.0", "1.5"]
    assert "logits" in ax.figure.axes[-1].get_ylabel()


def test_every_random_vector_is_drawn_beside_the_contrastive_one() -> None:
    table = of(standard_curves(), direction=None)
    effects, random = chance_tables.against_chance(table), chance_tables.control_means(table)
    ax = chance.against_chance(effects, random)
    by_colour = {
        name: sum(
            len(line.get_xdata())
            for line in ax.get_lines()
            if line.get_linestyle() == "None" and to_hex(line.get_color()) == colour.lower()
        )
        for name, colour in DIRECTION_COLOURS.items()
    }
    assert {name: count for name, count in by_colour.items() if count} == {
        "random": 20 * len(DESIGNS),
        "contrastive": len(DESIGNS),
        "planted": len(DESIGNS),
    }
    assert len(ax.get_legend().get_texts()) == 3


def test_without_a_true_direction_the_legend_names_none() -> None:
    table = of(standard_curves(), direction=None)
    table = table[table["direction"] != "planted"]
    effects, random = chance_tables.against_chance(table), chance_tables.control_means(table)
    ax = chance.against_chance(effects, random)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["random vectors", "contrastive vector"]


def test_the_true_direction_is_shown_and_not_judged() -> None:
    table = of(standard_curves(), direction=None)
    table = table.assign(layer=table["layer"].mask(table["direction"] == "planted", 2))
    effects, random = chance_tables.against_chance(table), chance_tables.control_means(table)
    ax = chance.against_chance(effects, random)
    hollow = {
        to_hex(line.get_color())
        for line in ax.get_lines()
        if to_hex(line.get_markerfacecolor()) == "#ffffff" and len(line.get_xdata())
    }
    assert hollow <= {DIRECTION_COLOURS["contrastive"].lower()}


def test_quantiles_are_drawn_as_they_are() -> None:
    table = chance_tables.quantiles(of(standard_curves(), direction=None))
    ax = chance.chance_quantiles(table)
    assert same(points(ax), zip(table["theoretical"], table["observed"], strict=True))


def test_every_curve_is_a_point_beside_the_line_of_agreement() -> None:
    known = of(validation_tables.known(standard_curves()))
    ax = validation.planted_against_recovered(known)
    drawn = np.concatenate(
        [c.get_offsets() for c in ax.collections if isinstance(c, PathCollection)]
    )
    wanted = known[["planted_steerability", "steerability"]].to_numpy()
    assert np.allclose(np.sort(drawn, axis=0), np.sort(wanted, axis=0))
    line = next(line for line in ax.get_lines() if line.get_linestyle() == "--")
    assert line.get_slope() == 1
    assert UNIT in ax.get_xlabel()
    assert UNIT in ax.get_ylabel()


def test_points_without_a_feature_are_called_other() -> None:
    known = of(validation_tables.known(standard_curves()))
    known = known[known["concept"] == "reversed"]
    ax = validation.planted_against_recovered(known, colour="feature")
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"at work", "other"}


def test_each_concept_has_its_panel_and_its_mean() -> None:
    known = of(validation_tables.known(standard_curves()))
    figure = validation.planted_panels(known)
    assert isinstance(figure, Figure)
    assert [ax.get_title("left") for ax in figure.axes] == list(DESIGNS)
    recovered = validation_tables.recovery(standard_curves())
    recovered = recovered[recovered["direction"] == "contrastive"]
    ax = validation.planted_means(recovered)
    assert same(points(ax), zip(recovered["planted"], recovered["recovered"], strict=True))


@pytest.mark.parametrize("concept", ["inert"])
def test_one_concept_alone_can_be_drawn(concept: str) -> None:
    table = standard_curves()
    table = table[table["concept"] == concept]
    variability.variability(of(table), by_concept(table)).draw_without_rendering()
    shifted = in_and_out(table)
    brittleness.shift_panels(shifted, rank_agreement(shifted)).draw_without_rendering()
    validation.planted_panels(of(validation_tables.known(table))).draw_without_rendering()


def test_slopes_that_are_all_the_same_can_be_drawn() -> None:
    table = standard_curves()
    table = table[table["concept"] == "strong"].assign(steerability=0.0)
    variability.variability(of(table), by_concept(table)).draw_without_rendering()
    brittleness.shift_matrix(matrix_of(table)).figure.draw_without_rendering()


def test_axes_that_are_given_are_drawn_on() -> None:
    matrix = matrix_of(standard_curves())
    ax = plt.subplots()[1]
    assert brittleness.setting_slopes(matrix, ax=ax) is ax
