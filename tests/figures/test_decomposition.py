"""Figure 4: bars are the shares, and a factor without a share has none."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from steering.analysis.decomposition import decomposition, one_order
from steering.figures.decomposition import COLOURS, spurious_factors, spurious_factors_beside
from tests.support.drawn import labels, rows
from tests.support.many import several
from tests.support.synthetic import DESIGNS, standard_curves


def bar_lengths(ax: Axes) -> dict[str, list[float]]:
    names = {colour.lower(): factor for factor, colour in COLOURS.items()}
    found: dict[str, list[float]] = {factor: [] for factor in COLOURS}
    for bar in ax.patches:
        found[names[to_hex(bar.get_facecolor())]].append(bar.get_width())
    return found


@pytest.mark.parametrize("method", ["sequential", "Shapley"])
def test_bars_are_the_shares_and_fill_the_row(method: str) -> None:
    shares = decomposition(standard_curves())
    ax = spurious_factors(shares, method=method)
    given = shares[shares["method"] == method].set_index(["factor", "concept"])["share"]
    lengths = bar_lengths(ax)
    for factor in COLOURS:
        assert lengths[factor] == pytest.approx([given[factor, name] for name in rows(ax)])
    assert np.sum(list(lengths.values()), axis=0) == pytest.approx(np.ones(len(DESIGNS)))
    assert not ax.texts


def test_a_factor_without_a_share_is_named_and_has_no_bar() -> None:
    curves = standard_curves()
    yes = curves["positive_is_yes"].mask(curves["concept"] == "weak")
    ax = spurious_factors(decomposition(curves.assign(positive_is_yes=yes)))
    assert [text.get_text() for text in ax.texts] == ["no Yes/No here"]
    assert ax.texts[0].get_position()[1] == rows(ax).index("weak")
    assert bar_lengths(ax)["Yes/No"][rows(ax).index("weak")] == 0


def test_one_order_stands_beside_both_in_one_order_of_rows() -> None:
    curves = several(standard_curves())
    one, both = decomposition(one_order(curves)), decomposition(curves)
    figure = spurious_factors_beside(one, both)
    rows = labels(figure.axes[0])
    titles = ("one order (paper)", "both orders")
    drawn = ((one, "sequential"), (both, "Shapley"))
    assert labels(spurious_factors(both, method="Shapley")) == rows
    for ax, title, (shares, method) in zip(figure.axes, titles, drawn, strict=True):
        assert ax.get_title(loc="left") == title
        given = shares[shares["method"] == method].set_index(["factor", "concept"])["share"]
        names = [name for name in rows if name in given["A/B"].index]
        lengths = bar_lengths(ax)
        for factor in COLOURS:
            there = [
                length for length, row in zip(lengths[factor], rows, strict=True) if row in names
            ]
            assert there == pytest.approx([given[factor, name] for name in names])
