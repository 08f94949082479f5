"""Predictors as drawn: every correlation once, full where it is worth something."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from steering.figures.predictors import PANELS, predictor_correlations, slopes_by_agreement
from steering.records.kinds import OURS, PUBLIC
from steering.records.predictors import TITLES
from tests.support.drawn import points, same

NAMES = ("agreement", "d_prime", "dose")


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        {"form": form, "kind": kind, "predictor": name, "outcome": outcome,
         "rho": 0.1 * at, "low": 0.1 * at - 0.3, "high": 0.1 * at + 0.2, "worth": name == "dose"}
        for form in ("chosen", "said") for kind in (OURS, PUBLIC)
        for at, name in enumerate(NAMES) for outcome in PANELS
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_every_correlation_is_drawn_once_and_full_where_it_is_worth_something(table):
    figure = predictor_correlations(table)
    assert len(figure.axes) == len(PANELS)
    for ax in figure.axes:
        marks = [
            line for line in ax.lines if line.get_linestyle() == "None" and len(line.get_xdata())
        ]
        full = [one for one in marks if one.get_markerfacecolor() == one.get_color()]
        assert sum(len(one.get_xdata()) for one in marks) == 12
        assert sorted(x for one in full for x in one.get_xdata()) == pytest.approx([0.2] * 4)
    labels = [label.get_text().replace("\n", " ") for label in figure.axes[0].get_yticklabels()]
    assert labels == [TITLES[name] for name in NAMES]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(legend) == len(set(legend)) == 4
    plt.close(figure)


def test_what_is_not_known_is_left_out(table):
    known = table["predictor"] != "agreement"
    figure = predictor_correlations(table.assign(rho=table["rho"].where(known)))
    assert len(figure.axes[0].get_yticks()) == 2
    plt.close(figure)


def test_an_outcome_that_one_form_lacks_leaves_the_others(table):
    lacking = (table["outcome"] == "left") & (table["form"] == "said")
    figure = predictor_correlations(table[~lacking])
    marks = [len(line.get_xdata()) for line in figure.axes[-1].lines[1:]]
    assert sum(marks) == 6
    assert len(figure.legends[0].get_texts()) == 4
    plt.close(figure)


def test_every_vector_is_a_mark_where_its_numbers_are():
    rows = [
        {"form": form, "kind": kind, "predictor": name, "outcome": outcome, "x": 0.1 * at, "y": at}
        for at, (form, kind) in enumerate(
            (form, kind) for form in ("chosen", "said") for kind in (OURS, PUBLIC)
        )
        for name in NAMES
        for outcome in PANELS
    ]  # fmt: skip
    ax = slopes_by_agreement(pd.DataFrame(rows))
    assert same(points(ax), [(0.1 * at, float(at)) for at in range(4)])
    assert len(ax.get_legend().get_texts()) == 4
