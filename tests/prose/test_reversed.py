"""Sentences about reversed questions have the count, its interval, and independence beside it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from steering.analysis.reversed import in_both_models, in_both_orders, where_moved
from steering.analysis.verdict.outcomes import CHANCE
from steering.figures.caption import Captioned
from steering.prose import reversed as told
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import DESIGNS, standard_curves, standard_verdicts


def kinds(curves: pd.DataFrame) -> pd.DataFrame:
    return curves.assign(kind=curves["concept"].map({"strong": OURS}).fillna(PUBLIC))


def test_one_concept_has_a_sentence_without_its_kind() -> None:
    rows = in_both_orders(standard_curves().query("concept == 'reversed'"))
    text = told.reversed_sentences(rows)
    row = rows.iloc[0]
    assert text.startswith(f"**{row['count']} of 40 questions** have a slope below zero in both")
    assert "Were the two orders independent" in text
    assert "No question" in told.reversed_sentences(rows.iloc[:0])


def test_kinds_have_a_sentence_each() -> None:
    text = told.reversed_sentences(in_both_orders(kinds(standard_curves()), by=("model", "kind")))
    assert f"**{OURS.capitalize()}:** **0 of 40 questions**" in text
    assert f"**{PUBLIC.capitalize()}:** **" in text
    assert "of 240" not in text


def test_the_table_has_a_row_for_each_concept() -> None:
    table = told.reversed_table(in_both_orders(standard_curves())).data
    assert len(table.splitlines()) == 2 + len(DESIGNS)
    assert "| strong | 0\u202f% (" in table


def test_a_model_has_a_sentence_a_figure_and_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(told, "display", shown.append)
    told.show_reversed(where_moved(standard_curves(), standard_verdicts()))
    assert isinstance(shown[1], Captioned)
    assert "of 160 questions have a slope below zero in both orders" in shown[1].finding
    assert "Were the two orders independent" in shown[0].data
    assert shown[1].n.startswith("4 concepts")
    assert len(shown[2].data.splitlines()) == 2 + 4
    shown.clear()
    still = standard_verdicts().assign(outcome=CHANCE)
    told.show_reversed(where_moved(standard_curves(), still))
    assert [one.data for one in shown] == [
        "No vector moves the answer here, so that no question can be reversed."
    ]


def test_pairs_of_models_have_a_figure_each(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(told, "display", shown.append)
    curves = kinds(standard_curves())
    both = pd.concat([curves, curves.assign(model="finch")])
    told.show_reversed_pairs(in_both_models(both), in_both_models(both, by=()))
    assert isinstance(shown[1], Captioned)
    assert "both in wren and in finch" in shown[1].finding
    assert "Were the models independent" in shown[0].data
    shown.clear()
    told.show_reversed_pairs(in_both_models(curves), in_both_models(curves, by=()))
    assert "no two models" in shown[0].data
    assert len(shown) == 1
