"""Reversed questions beside independence: a dot for each concept, in per cent of its questions."""

from __future__ import annotations

import pandas as pd

from steering.analysis.reversed import in_both_models, in_both_orders
from steering.figures.reversed import observed_beside_expected
from tests.support.drawn import bars, points, same, written
from tests.support.many import several
from tests.support.synthetic import DESIGNS, standard_curves


def test_each_concept_is_a_dot_with_its_interval() -> None:
    table = in_both_orders(standard_curves())
    ax = observed_beside_expected(table)
    expected = 100 * table["expected"] / table["questions"]
    assert same(points(ax), zip(expected, 100 * table["both"], strict=True))
    assert any(
        abs(width - 100 * (row["high"] - row["low"])) < 1e-9
        for width in bars(ax)
        for row in table.to_dict("records")
    )
    assert "both orders" in ax.get_ylabel()
    assert len(ax.get_legend().get_texts()) == len(DESIGNS)


def test_of_many_concepts_those_furthest_above_the_line_are_named() -> None:
    curves = several(standard_curves())
    ax = observed_beside_expected(in_both_orders(curves))
    assert 0 < len(written(ax)) <= 4
    assert [text.get_text() for text in ax.get_legend().get_texts()]


def test_two_models_have_their_words() -> None:
    curves = standard_curves()
    pairs = in_both_models(pd.concat([curves, curves.assign(model="robin")]))
    ax = observed_beside_expected(pairs, what="both models")
    assert "both models" in ax.get_xlabel()
    assert len(points(ax)) == len(DESIGNS)
