"""The first page's figures: a line for each question, orange where it falls, with an address."""

from __future__ import annotations

import pandas as pd
from matplotlib.colors import to_hex

from steering.analysis import published
from steering.figures.hero import curves_of_questions, published_shares
from steering.figures.theme import VERMILION

POINTS = pd.DataFrame(
    {
        "model": "wren",
        "concept": "tidy",
        "kind": "concepts of ours",
        "item": [1, 1, 2, 2],
        "multiplier": [0.0, 1.0, 0.0, 1.0],
        "change": [0.0, 1.0, 0.0, -0.5],
        "steerability": [1.0, 1.0, -0.5, -0.5],
    }
)


def test_questions_that_fall_are_orange_and_dashed_and_open_the_explorer() -> None:
    lines = {
        str(line.get_url()): line for line in curves_of_questions(POINTS).lines if line.get_url()
    }
    rises, falls = (lines[f"explore.html#model=wren&concept=tidy&item={item}"] for item in (1, 2))
    assert to_hex(falls.get_color()).upper() == VERMILION
    assert to_hex(rises.get_color()).upper() != VERMILION
    assert falls.get_linestyle() != rises.get_linestyle(), "not by colour alone"


def test_the_mean_is_drawn_over_them() -> None:
    (mean,) = (line for line in curves_of_questions(POINTS).lines if line.get_marker() == "o")
    assert list(mean.get_ydata()) == [0.0, 0.25]


def test_every_published_set_has_a_mark_and_ours_stand_in_its_row() -> None:
    items = published.items()
    measured = pd.DataFrame(
        {"model": ["wren"], "concept": ["narcissism"], "short_name": ["narcissism"]}
    ).assign(anti_steerable=0.2)
    ax = published_shares(items, measured)
    (line,) = (line for line in ax.lines if line.get_label() == "published")
    assert sorted(line.get_xdata()) == sorted(100 * items["anti_steerable"])
    (dots,) = ax.collections
    row = items.sort_values("anti_steerable", ignore_index=True)["short_name"] == "narcissism"
    assert dots.get_offsets()[0].tolist() == [20.0, float(row.idxmax())]
    assert dots.get_urls() == ["explore.html#model=wren&concept=narcissism"]
