"""Figures of strength: every dose and cost is where its axis says."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from steering.analysis import strength
from steering.figures.strength import (
    cost_curves,
    costs_of_layers,
    dose_responses,
    effects_at_the_point,
)
from tests.support import strong
from tests.support.drawn import labels, points, same

CARDS = ({"concept": {"name": "strong", "source": "own"}, "model": {"name": "m"}},)
ITEMS = pd.DataFrame({"concept": "strong", "item": range(10), "group": list("abcdefghij")})


def by_dose():
    return strength.costs_by_dose(strong.costs(), CARDS)


def test_a_curve_over_doses():
    swept = strong.swept(lambda dose: 3 * dose)
    table = strength.responses(swept, SimpleNamespace(items=ITEMS, cards=CARDS))
    ax = dose_responses(table, "logits")
    assert same(points(ax, "o"), zip(table["dose"], table["change"], strict=True))
    assert "logits" in ax.get_ylabel()


def test_costs_of_the_vector_and_of_random_ones():
    table = by_dose()
    ax = cost_curves(table)
    here = table[table["chosen"]]
    own, drawn = (here[here["direction"] == name] for name in ("contrastive", "random"))
    assert same(points(ax, "o"), zip(own["dose"], own["loss"], strict=True))
    assert same(points(ax, "D"), zip(drawn["dose"], drawn["loss"], strict=True))
    assert "nats" in ax.get_ylabel()


def test_costs_of_layers_at_one_dose():
    table = by_dose()
    ax = costs_of_layers(table, strength.MIDDLE)
    own = table[(table["direction"] == "contrastive") & (table["dose"].round(2) == 0.35)]
    assert same(points(ax, "o"), zip(own["layer"], own["loss"], strict=True))
    assert [x for x, _ in points(ax, "s")] == [2]


def test_effects_are_hollow_where_they_are_not_claimed():
    table = pd.DataFrame(
        {
            "concept": ["one", "other"], "kind": ["concepts of ours"] * 2, "effect": [2.0, 0.1],
            "low": [1.5, -0.4], "high": [2.5, 0.6], "moves": [True, False],
        }
    )  # fmt: skip
    ax = effects_at_the_point(table, "nats")
    assert labels(ax) == ["one", "other"]
    assert sorted(x for x, _ in points(ax, "o")) == pytest.approx([0.1, 2.0])
    faces = {
        round(float(line.get_xdata()[0]), 1): line.get_markerfacecolor()
        for line in ax.get_lines()
        if line.get_marker() == "o"
    }
    assert faces[0.1] == "white"
    assert faces[2.0] != "white"
