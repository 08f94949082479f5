"""Scatter plots of many concepts: outlying points are named, and nothing overlaps."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from steering.figures import scatter, theme
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.drawn import bars, points, written


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
    two = pd.DataFrame({"concept": ["tidy", "openness"], "kind": [OURS, PUBLIC]})
    assert scatter.kinds_key(two) == []
    assert scatter.kinds_key(outlying().assign(kind=YOURS)) == []


def test_the_first_kind_is_full_and_the_others_are_hollow_where_they_are_many() -> None:
    table = outlying(9).assign(kind=[OURS, OURS, PUBLIC, *[YOURS] * 6])
    place = table["x"]
    table = table.assign(y=2 * place, low=place - 0.1, high=place + 0.2)
    ax = theme.axes(None)
    scatter.points(ax, table, ("x", "low", "high"), ("y", "y", "y"), theme.BLUE)
    assert points(ax, "o") == [(0.0, 0.0), (1.0, 2.0)]
    assert len(points(ax, "^")) == 7
    assert bars(ax)[0] == pytest.approx(0.3)
    full, hollow = scatter.kinds_key(table)
    assert (full.get_label(), hollow.get_label()) == (OURS, f"{PUBLIC} and {YOURS}")


def test_agreement_is_told_and_why_where_there_is_none() -> None:
    known = {"model": "wren", "rho": 0.5, "low": -0.1, "high": 0.9, "concepts": 6}
    said = {}
    for name, row in {
        "known": known,
        "few": known | {"rho": np.nan, "concepts": 3},
        "flat": known | {"rho": np.nan},
    }.items():
        ax = theme.axes(None)
        scatter.agreement_of(ax, pd.DataFrame([row]))
        said[name] = ax.texts[0].get_text()
    assert said == {
        "known": "ρ = 0.50 [−0.10, 0.90]",
        "few": "3 concepts, too few to rank",
        "flat": "ρ has no value here",
    }
    ax = theme.axes(None)
    scatter.agreement_of(ax, None)
    assert not ax.texts
