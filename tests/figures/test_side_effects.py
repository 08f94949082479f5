"""Figures of side effects: a dot for each vector, hollow within chance, and lines over layers."""

from __future__ import annotations

import pandas as pd

from steering.analysis.side_effects import BEYOND, CHANCE
from steering.figures.side_effects import spreads_beside_random, spreads_over_layers
from tests.support.drawn import labels, points

EFFECTS = pd.DataFrame(
    {
        "concept": ["one", "other"], "spread": [0.7, 0.1], "outcome": [BEYOND, CHANCE],
        "random_low": [0.1, 0.05], "random_high": [0.4, 0.3],
    }
)  # fmt: skip


def test_each_vector_is_a_dot_on_the_bar_of_chance():
    ax = spreads_beside_random(EFFECTS)
    assert labels(ax) == ["one", "other"]
    assert sorted(x for x, _ in points(ax, "o")) == [0.1, 0.7]
    bars = [list(line.get_xdata()) for line in ax.get_lines() if line.get_marker() == "None"]
    assert [0.1, 0.4] in bars
    assert [0.05, 0.3] in bars
    faces = {
        line.get_xdata()[0]: line.get_markerfacecolor()
        for line in ax.get_lines()
        if line.get_marker() == "o"
    }
    assert faces[0.1] == "white"
    assert faces[0.7] != "white"


def test_each_dose_has_a_line_of_vectors_and_one_of_random_ones():
    summary = pd.DataFrame(
        {
            "layer": [0, 1, 0, 1], "dose": [0.1, 0.1, 1.0, 1.0],
            "spread": [0.1, 0.2, 0.5, 1.0], "low": [0.05, 0.1, 0.4, 0.8],
            "high": [0.2, 0.3, 0.6, 1.2], "random": [0.01, 0.02, 0.3, 0.4],
        }
    )  # fmt: skip
    ax = spreads_over_layers(summary)
    lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.get_lines()]
    assert lines == [
        ([0, 1], [0.1, 0.2]), ([0, 1], [0.01, 0.02]),
        ([0, 1], [0.5, 1.0]), ([0, 1], [0.3, 0.4]),
    ]  # fmt: skip
    assert ax.get_yscale() == "log"
    assert len(ax.collections) == 2, "a band for each dose"
