"""The figure of sizes shows each vector, each size and each number of questions."""

from __future__ import annotations

import pytest

from steering.analysis.curves import curve_table
from steering.analysis.how_many_pairs import by_size, pairs_needed, vectors_of_sizes
from steering.analysis.how_many_questions import by_test_groups
from steering.figures.how_many import how_many
from tests.support.drawn import points
from tests.support.some_groups import World, with_subsets


def test_vectors_sizes_and_questions_are_where_they_were_measured() -> None:
    results, known = with_subsets(World(noise=2.0))
    curves = curve_table(results)
    sizes, vectors = by_size(curves, results), vectors_of_sizes(curves, results)
    needed, questions = pairs_needed(curves, results), by_test_groups(curves, choices=3)
    left, right = how_many(sizes, vectors, needed, questions).axes
    assert len(points(left, "_")) == len(known.sizes)
    dots = sorted(points(left, "o"))
    assert [x for x, _ in dots] == sizes["groups"].to_list()
    assert [y for _, y in dots] == pytest.approx(sizes["mean"].to_list())
    assert [x for x, _ in points(right, "o")] == questions["groups"].to_list()
    assert left.get_ylim() == right.get_ylim()
    # Where nothing is known of what sizes keep, no line is drawn.
    unknown = needed.assign(lost=float("nan"))
    bare = how_many(sizes, vectors, unknown, questions).axes[0]
    assert len(bare.get_lines()) < len(left.get_lines())
