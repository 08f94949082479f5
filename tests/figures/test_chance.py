"""Chance as drawn: every random vector, hollow dots, shuffled labels below."""

from __future__ import annotations

from matplotlib.colors import to_hex

from steering.analysis.curves import select
from steering.analysis.statistics import chance as chance_tables
from steering.figures import chance
from steering.figures.theme import DIRECTION_COLOURS
from tests.support.drawn import named_in, points, same, sorted_points, written
from tests.support.many import several
from tests.support.synthetic import DESIGNS, SHUFFLED, standard_curves


def test_every_random_vector_is_drawn_beside_the_contrastive_one() -> None:
    table = select(standard_curves(), direction=None)
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
    table = select(standard_curves(), direction=None)
    table = table[table["direction"] != "planted"]
    effects, random = chance_tables.against_chance(table), chance_tables.control_means(table)
    ax = chance.against_chance(effects, random)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["random vectors", "contrastive vector"]


def test_the_true_direction_is_shown_and_not_judged() -> None:
    table = select(standard_curves(), direction=None)
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
    table = chance_tables.quantiles(select(standard_curves(), direction=None))
    ax = chance.chance_quantiles(table)
    assert same(points(ax), zip(table["theoretical"], table["observed"], strict=True))


def test_items_beyond_chance_are_counted_and_in_order() -> None:
    curves = standard_curves()
    items = select(chance_tables.items_against_chance(curves[curves["concept"] == "reversed"]))
    ax = chance.items_against_chance(items)
    told = {str(line.get_label()): line for line in ax.get_lines() if ":" in str(line.get_label())}
    up, down = (items[f"{name}_beyond_chance"].sum() for name in ("steerable", "anti_steerable"))
    assert set(told) <= {
        f"steerable beyond chance: {up}",
        f"anti-steerable beyond chance: {down}",
        f"may be chance: {len(items) - up - down}",
    }
    assert min(up, down) > 0
    drawn = sorted_points(ax)
    assert len(drawn) == len(items)
    slopes = [y for _, y in drawn]
    assert slopes == sorted(slopes)
    fallen = told[f"anti-steerable beyond chance: {down}"]
    assert max(fallen.get_ydata()) < 0


def test_shuffled_labels_stand_below_random_vectors() -> None:
    table = select(standard_curves(), direction=None)
    effects, random = chance_tables.against_chance(table), chance_tables.control_means(table)
    ax = chance.against_chance(effects, random, chance_tables.control_means(table, "shuffled"))
    drawn = {to_hex(line.get_color()): line for line in ax.get_lines() if line.get_marker() == "|"}
    above, below = (drawn[DIRECTION_COLOURS[name].lower()] for name in ("random", "shuffled"))
    assert len(below.get_xdata()) == SHUFFLED * len(DESIGNS)
    assert max(above.get_ydata() % 1) > 0.5 > max(below.get_ydata() % 1)
    assert len(ax.get_legend().get_texts()) == 4


def test_of_many_concepts_the_quantiles_furthest_from_the_line_are_named() -> None:
    table = several(chance_tables.quantiles(select(standard_curves(), direction=None)))
    ax = chance.chance_quantiles(table)
    assert ax.get_legend() is None
    assert len(points(ax, "o")) == len(table)
    assert 0 < len(written(ax)) <= 4


def test_without_random_vectors_every_curve_may_be_chance() -> None:
    curves = standard_curves().query("concept == 'strong' and direction == 'contrastive'")
    items = select(chance_tables.items_against_chance(curves))
    ax = chance.items_against_chance(items)
    assert f"may be chance: {len(items)}" in named_in(ax)
    assert not [name for name in named_in(ax) if "beyond" in name]
