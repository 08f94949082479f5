"""The small figure of a finding: a row for each, with what was expected beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.findings import PUBLISHED
from steering.figures.findings import finding_rows, findings_beside
from steering.records.kinds import OURS, PUBLIC

ROWS = pd.DataFrame(
    {
        "finding": "reversed",
        "model": ["wren", "wren", "Llama-2-7b-chat"],
        "kind": [PUBLIC, OURS, PUBLISHED],
        "value": [0.08, 0.01, 0.2],
        "low": [0.06, 0.005, 0.1],
        "high": [0.1, 0.02, 0.3],
        "count": [48.0, 6.0, np.nan],
        "of": [600.0, 600.0, 38.0],
        "expected": [6.0, 1.0, np.nan],
    }
)


def test_every_row_has_its_value_and_says_whose_it_is() -> None:
    ax = finding_rows(ROWS, "share", percent=True)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["wren, public", "wren, ours", "Llama 2 7b chat, published"]
    values = [bar.lines[0].get_xdata()[0] for bar in ax.containers]
    assert values == [0.08, 0.01, 0.2]


def test_what_is_expected_is_a_bar_where_it_is_known() -> None:
    bars = [line for line in finding_rows(ROWS, "share").lines if line.get_linewidth() == 3]
    assert [bar.get_xdata()[0] for bar in bars] == [6 / 600, 1 / 600]


def test_the_three_kinds_have_marks_of_their_own() -> None:
    ax = finding_rows(ROWS, "share")
    assert [bar.lines[0].get_marker() for bar in ax.containers] == ["o", "D", "^"]
    assert ax.containers[2].lines[0].get_markerfacecolor() == "none"


def test_findings_of_the_same_rows_stand_beside_each_other() -> None:
    figure = findings_beside({"letter": ROWS, "word": ROWS[:2]}, "share")
    letter, word = figure.axes
    assert [ax.get_title("left") for ax in figure.axes] == ["letter", "word"]
    assert len(letter.get_yticklabels()) == 3
    values = [bar.lines[0].get_xdata()[0] for bar in word.containers]
    assert values[:2] == [0.08, 0.01]
    assert np.isnan(values[2]), "the paper has no number of it"
