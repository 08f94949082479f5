"""The matrix drawn: every mean in its cell, the own vector's framed, and many as well as few."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from steering.figures.specificity import MEAN, MULTIPLE, specificity_matrix
from steering.records.kinds import OURS, PUBLIC
from tests.support.drawn import labels


def means(asked: dict[str, str], vectors: list[str]) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    rows = [
        ("wren", concept, kind, name, 2.0 if name == concept else draw.normal(0, 0.3), 100)
        for concept, kind in asked.items()
        for name in vectors
    ]
    columns = ["model", "concept", "kind", "vector_concept", "mean", "n"]
    return pd.DataFrame(rows, columns=columns)


def shown(ax: Axes) -> np.ndarray:
    mesh = ax.collections[0]
    rows, columns = len(ax.get_yticks()), len(ax.get_xticks())
    return np.ma.filled(mesh.get_array(), np.nan).reshape(rows, columns)


def columns(ax: Axes) -> list[str]:
    return [label.get_text().replace("\n", " ") for label in ax.get_xticklabels()]


def framed(ax: Axes) -> set[tuple[float, float]]:
    return {one.get_xy() for one in ax.patches if isinstance(one, Rectangle)}


FEW = means(dict.fromkeys(["tidy", "frugal", "honest"], OURS), ["honest", "tidy", "frugal"])


def test_few_concepts_have_a_number_in_every_cell() -> None:
    ax = specificity_matrix(FEW)
    assert labels(ax) == columns(ax) == ["frugal", "honest", "tidy"]
    wanted = FEW.pivot(index="concept", columns="vector_concept", values="mean")
    assert np.allclose(shown(ax), wanted)
    assert len(ax.texts) == 9
    assert framed(ax) == {(0, 0), (1, 1), (2, 2)}
    assert ax.figure.axes[1].get_xlabel() == MEAN


def test_multiples_are_of_the_size_of_the_own_slope() -> None:
    weaker = FEW.assign(mean=FEW["mean"].where(FEW["concept"] != "tidy", -FEW["mean"] / 10))
    ax = specificity_matrix(weaker, multiples=True)
    whole = shown(specificity_matrix(FEW))
    assert np.allclose(shown(ax)[:2], whole[:2] / 2)
    assert np.allclose(shown(ax)[2], -whole[2] / 2)
    assert shown(ax)[2, 2] == pytest.approx(-1)
    assert ax.figure.axes[1].get_xlabel() == MULTIPLE


def test_without_any_slope_of_its_own_a_row_has_no_multiples() -> None:
    still = FEW.assign(mean=FEW["mean"].where(FEW["concept"] != "tidy", 0.0))
    assert np.isnan(shown(specificity_matrix(still, multiples=True))[2]).all()


def test_many_concepts_stand_by_kind_and_names_do_not_lie_on_each_other() -> None:
    ours = {f"ours-{number:02d}": OURS for number in range(15)}
    public = {f"believes-in-some-public-thing-{number:02d}": PUBLIC for number in range(12)}
    asked = ours | public
    ax = specificity_matrix(means(asked, sorted(asked)))
    assert labels(ax) == [OURS, *(n.replace("-", " ") for n in ours), PUBLIC,
                          *(n.replace("-", " ") for n in public)]  # fmt: skip
    assert not ax.texts
    assert len(framed(ax)) == 27
    assert all(x == y for x, y in framed(ax))
    figure = ax.figure
    figure.canvas.draw()
    for axis in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [label.get_window_extent() for label in axis if label.get_text()]
        assert not any(a.overlaps(b) for a, b in pairwise(boxes))
        assert all(figure.bbox.contains(*box.min) and figure.bbox.contains(*box.max)
                   for box in boxes)  # fmt: skip


def test_more_vectors_than_names_fit_stand_in_the_order_of_the_rows() -> None:
    ours = {f"ours-{number:02d}": OURS for number in range(15)}
    public = {
        f"willingness-to-use-something-to-achieve-benevolent-goals-{number:02d}": PUBLIC
        for number in range(39)
    }
    asked = ours | public
    ax = specificity_matrix(means(asked, sorted(asked)))
    assert len(framed(ax)) == 54
    assert not [label for label in ax.get_xticklabels() if label.get_text()]
    assert ax.get_xlabel() == "whose vector, in the order of the rows"
    figure = ax.figure
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))
    more = specificity_matrix(means(asked, [*sorted(asked), "zeal", "thrift"]))
    assert more.get_xlabel() == "whose vector, in the order of the rows, then 2 more"


def test_vectors_of_concepts_that_were_not_asked_stand_last() -> None:
    asked = dict.fromkeys(["tidy", "frugal"], OURS)
    ax = specificity_matrix(means(asked, ["tidy", "frugal", "bookish", "zeal"]))
    assert columns(ax) == ["frugal", "tidy", "bookish", "zeal"]
    assert labels(ax) == ["frugal", "tidy"]
