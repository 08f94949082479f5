"""Figures of many concepts: kinds stand apart, outlying points are named, nothing overlaps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from steering.analysis import validation as validation_tables
from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.brittleness import in_and_out, rank_agreement
from steering.analysis.curves import of
from steering.analysis.decomposition import decomposition
from steering.analysis.layers import layer_slopes
from steering.analysis.linearity import by_range
from steering.analysis.variability import by_concept
from steering.concepts.kinds import OURS, PUBLIC, YOURS
from steering.figures import across, layers, scatter, theme, validation
from steering.figures.brittleness import shift_panels
from steering.figures.decomposition import spurious_factors, spurious_factors_beside
from steering.figures.linearity import slopes_by_range
from tests.drawn import points
from tests.synthetic import standard, standard_curves

NAMES = {  # of the synthetic concepts, so that there are some of each kind
    "strong": "tidy",
    "weak": "openness",
    "inert": "poetic",
    "reversed": "narcissism",
    "letter": "frugal",
    "yes": "mine",
}


def several(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with twice as many concepts, of three kinds."""
    second = table.assign(concept=table["concept"] + "-again")
    renamed = table.assign(concept=table["concept"].map(NAMES).astype(table["concept"].dtype))
    return pd.concat([renamed, second], ignore_index=True)


def labels(ax: Axes) -> list[str]:
    return [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]


def same(found: list[tuple[float, float]], wanted: Iterable[tuple[float, float]]) -> bool:
    """Whether two sets of points are the same, in any order."""
    return bool(np.allclose(sorted(found), sorted(wanted)))


def written(ax: Axes) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in ax.texts if text.get_fontsize() == 10]


def test_rows_are_grouped_by_kind_only_where_there_are_several() -> None:
    assert theme.grouped(["tidy", "frugal"]) == ["tidy", "frugal"]
    assert theme.grouped(["b", "a"]) == ["b", "a"]
    found = theme.grouped(["openness", "tidy", "mine", "frugal"])
    assert found == [OURS, "tidy", "frugal", PUBLIC, "openness", YOURS, "mine"]
    ax = theme.axes(None)
    assert theme.rows_of(found, ax) == {name: row for row, name in enumerate(found)}
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_weight() == "bold"]
    assert bold == [OURS, PUBLIC, YOURS]


def test_many_rows_stand_closer_and_have_their_scale_above_too() -> None:
    assert theme.height_of(6, 0.62) == pytest.approx(6 * 0.62)
    heights = [theme.height_of(rows, 0.62) for rows in range(1, 60)]
    assert heights == sorted(heights)
    assert theme.height_of(29, 0.62) < 0.7 * 29 * 0.62
    assert theme.height_of(29, 0.5) >= 0.4 * 29  # room for two lines
    for rows, above in ((6, False), (29, True)):
        ax = theme.axes(None)
        theme.rows_of([f"c{row}" for row in range(rows)], ax)
        assert ax.xaxis.get_tick_params()["labeltop"] == above


def test_violins_of_two_models_stand_beside_each_other() -> None:
    curves = several(standard_curves())
    both = pd.concat(
        [curves, curves.assign(model="finch", steerability=curves["steerability"] / 2)]
    )
    found = by_concept(both)
    figure = across.violins_by_model(of(both), found)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["wren", "finch"]
    rows = labels(figure.axes[0])
    assert rows[0] == OURS
    assert len(rows) == 12 + 3
    place = {name.replace(" ", "-"): row for row, name in enumerate(rows)}
    for ax, model in zip(figure.axes, ("wren", "finch"), strict=True):
        part = found[found["model"] == model]
        assert same(points(ax), zip(part["mean"], part["concept"].map(place), strict=True))


def outlying(count: int = 12) -> pd.DataFrame:
    place = np.arange(count, dtype=float)
    return pd.DataFrame({"concept": [f"c{n}" for n in range(count)], "x": place, "y": place % 5})


def test_the_points_most_worth_it_are_named_where_there_is_room() -> None:
    table, ax = outlying(), theme.axes(None)
    ax.plot(table["x"], table["y"], "o")
    scatter.name_outlying(ax, table, "x", "y", table["x"], most=3)
    assert written(ax) == ["c11", "c10", "c9"]


def test_names_cover_neither_each_other_nor_points() -> None:
    table = pd.concat([outlying(), outlying().assign(x=lambda rows: rows["x"] + 0.2)])
    table["concept"] = [f"a concept {n}" for n in range(len(table))]
    ax = theme.axes(None)
    ax.plot(table["x"], table["y"], "o")
    scatter.name_outlying(ax, table, "x", "y", table["y"], most=len(table))
    assert 4 < len(ax.texts) <= len(table)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    places = ax.transData.transform(table[["x", "y"]].to_numpy())
    assert not any(box.contains(*place) for box in boxes for place in places)
    frame = ax.get_window_extent()
    assert all(frame.x0 - 10 < box.x0 and box.x1 < frame.x1 + 10 for box in boxes)


def test_few_points_have_a_legend_and_no_names() -> None:
    table, ax = outlying(7), theme.axes(None)
    scatter.name_outlying(ax, table, "x", "y", table["x"])
    assert not ax.texts
    assert scatter.kinds_key(["tidy", "openness"]) == []


def test_points_of_many_concepts_show_their_kind() -> None:
    curves = several(standard_curves())
    shifted = in_and_out(curves)
    figure = shift_panels(shifted, rank_agreement(shifted))
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key == [OURS, f"{PUBLIC} and {YOURS}"]
    ours = {"tidy", "poetic", "frugal"}
    for ax in figure.axes:
        part = shifted[shifted["shift"] == ax.get_title(loc="left")]
        full = [
            (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
            for line in ax.get_lines()
            if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) != "#ffffff"
        ]
        own = part[part["concept"].isin(ours)]
        assert same(full, zip(own["in_distribution"], own["out_of_distribution"], strict=True))
        lost = (part["out_of_distribution"] - part["in_distribution"]).abs()
        worst = part.loc[lost.idxmax(), "concept"].replace("-", " ")
        assert 0 < len(written(ax)) <= 4
        assert worst in written(ax) or f"{worst} again" in written(ax)


def test_two_models_of_many_concepts_name_those_that_differ() -> None:
    curves = several(standard_curves())
    both = pd.concat(
        [curves, curves.assign(model="robin", steerability=2 * curves["steerability"])]
    )
    pairs = between_models(concept_means(both))
    figure = across.model_panels(pairs, model_agreement(pairs))
    assert all(written(ax) for ax in figure.axes)
    assert len(figure.legends[0].get_texts()) == 2


def test_layers_of_many_concepts_are_cells_with_the_chosen_framed() -> None:
    table = several(layer_slopes(standard()))
    ax = layers.layer_choice(table)
    mesh = next(part for part in ax.collections if isinstance(part, QuadMesh))
    drawn = np.ma.filled(mesh.get_array().reshape(15, -1), np.nan)
    rows = theme.grouped(dict.fromkeys(table["concept"]))
    assert labels(ax) == [theme.name_of(name).replace("\n", " ") for name in rows]
    wanted = table.pivot_table(index="concept", columns="layer", values="mean").reindex(rows)
    assert np.allclose(drawn, wanted.to_numpy(), equal_nan=True)
    frames = {part.get_xy() for part in ax.patches if isinstance(part, Rectangle)}
    chosen = table[table["chosen"]]
    assert frames == {
        (list(wanted.columns).index(layer), rows.index(concept))
        for layer, concept in zip(chosen["layer"], chosen["concept"], strict=True)
    }


def test_ranges_of_many_concepts_name_those_that_change_most() -> None:
    ranges = several(by_range(of(standard_curves()), standard()))
    change = ranges.groupby("concept")["mean"].agg(lambda slopes: slopes.max() - slopes.min())
    ax = slopes_by_range(ranges)
    assert len([line for line in ax.get_lines() if line.get_marker() == "o"]) == 12
    assert ax.get_legend() is None
    most = change.idxmax().removesuffix("-again")
    assert any(theme.name_of(most) in name for name in written(ax))


def test_many_planted_panels_have_three_columns_and_say_what_was_planted() -> None:
    known = of(validation_tables.known(several(standard_curves())))
    figure = validation.planted_panels(known, {"tidy": "strong", "poetic": "inert"})
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert len(shown) == 12
    assert len({round(ax.get_subplotspec().colspan.start) for ax in shown}) == 3
    said = {ax.get_title(loc="left"): [text.get_text() for text in ax.texts] for ax in shown}
    assert said["tidy"] == ["strong"]
    assert said["frugal"] == [""]


def test_many_planted_means_are_named_at_their_points() -> None:
    recovered = validation_tables.recovery(several(standard_curves()))
    made = recovered[recovered["direction"] == "contrastive"]
    ax = validation.planted_means(made.assign(planted=range(12)))
    assert ax.get_legend() is None
    assert len(written(ax)) == 12


def test_both_methods_stand_beside_each_other_in_one_order() -> None:
    shares = several(decomposition(standard_curves()))
    figure = spurious_factors_beside(shares)
    rows = labels(figure.axes[0])
    for ax, method in zip(figure.axes, ("sequential", "Shapley"), strict=True):
        assert ax.get_title(loc="left") == method
        alone = spurious_factors(shares, method=method)
        assert labels(alone) == rows
        assert [bar.get_width() for bar in ax.patches] == pytest.approx(
            [bar.get_width() for bar in alone.patches]
        )
