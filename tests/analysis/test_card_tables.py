"""The tables of a card say of each run what they would say of it alone, of as few rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from steering.analysis.card_tables import ROWS, card_tables
from steering.analysis.evidence import Evidence
from steering.analysis.reliability import reliabilities, reliability
from steering.analysis.verdict.table import verdicts
from steering.clone import measured_folder
from steering.records.predictors import predictors_of_runs
from steering.records.reliability import card_json
from steering.records.results import read_rows
from steering.records.strength import read_strength
from tests.support import carded

NAMES = ("openness", "narcissism", "interest-in-music")


@cache
def evidence(*names: str, few: bool = False) -> Evidence:
    """What the cards of measured runs are made of, by the verdicts on all of them."""
    runs = [measured_folder() / "runs" / "wren" / name for name in names]
    results = read_rows(runs, ROWS if few else {})
    judged = verdicts(results) if names == NAMES and not few else evidence(*NAMES).verdicts
    costs, told = read_strength(runs, "costs"), predictors_of_runs(runs, measured_folder())
    return Evidence(results, judged, costs, told)


def cards(made: Evidence) -> Sequence[str]:
    return [card_json(card) for card in reliabilities(made)]


def test_cards_of_several_runs_are_those_of_each() -> None:
    alone = [card_json(reliability(evidence(name))) for name in NAMES]
    assert cards(evidence(*NAMES)) == alone
    assert len(set(alone)) == len(NAMES)


def test_rows_that_are_left_out_would_change_nothing() -> None:
    whole, few = evidence(*NAMES), evidence(*NAMES, few=True)
    assert cards(few) == cards(whole)
    for name in ROWS:
        assert 0 < len(getattr(few.results, name)) < len(getattr(whole.results, name)), name


def test_a_price_needs_costs() -> None:
    made = carded.evidence()
    (tables,) = card_tables(made)
    assert tables.operating is not None
    assert tables.operating["multiplier"] == pytest.approx(carded.POINT)
    (without,) = card_tables(replace(made, costs=made.costs[:0]))
    assert without.operating is None
    assert len(tables.groups) == tables.groups.index.nunique() > 0
