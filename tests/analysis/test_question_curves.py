"""One vector on its questions: which concept is shown, and how far each answer moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.analysis.curves import curve_table, select
from steering.analysis.letters import counterbalanced
from steering.analysis.question_curves import most_reversed, question_curves, run_of
from steering.analysis.variability import by_concept
from steering.analysis.verdict.outcomes import CHANCE
from steering.analysis.verdict.table import with_outcomes
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.designs import DESIGNS, MULTIPLIERS
from tests.support.synthetic import results, standard_curves, standard_verdicts

CONCEPTS = with_outcomes(by_concept(standard_curves()), standard_verdicts())
ONE = results({"reversed": DESIGNS["reversed"]})


def test_the_concept_with_the_most_reversed_questions_is_shown() -> None:
    chosen = most_reversed(CONCEPTS)
    assert chosen is not None
    moving = CONCEPTS[CONCEPTS["outcome"] == "moves the answer"]
    assert chosen["reversed"] == moving["reversed"].max() > 0
    assert chosen["among"] == len(moving)
    assert chosen["middle_share"] < chosen["reversed"]


def test_public_sets_come_before_the_readers_and_these_before_ours() -> None:
    kinds = {"strong": PUBLIC, "weak": YOURS}
    mixed = CONCEPTS.assign(kind=CONCEPTS["concept"].map(kinds).fillna(OURS))
    chosen = most_reversed(mixed)
    assert chosen is not None
    assert chosen["concept"] == "strong"
    without = most_reversed(mixed[mixed["kind"] != PUBLIC])
    assert without is not None
    assert without["concept"] == "weak"


def test_where_nothing_moves_there_is_none() -> None:
    assert most_reversed(CONCEPTS.assign(outcome=CHANCE)) is None


def test_changes_begin_at_nought_and_have_the_slope_of_the_question() -> None:
    curves = curve_table(ONE)
    points = question_curves(ONE, curves)
    assert points["multiplier"].unique().tolist() == list(MULTIPLIERS)
    assert points.loc[points["multiplier"] == 0, "change"].abs().max() == 0
    slopes = counterbalanced(select(curves)).set_index("item")["steerability"]
    own = points.drop_duplicates("item").set_index("item")["steerability"]
    assert own.to_dict() == pytest.approx(slopes.to_dict())
    ends = points[points["multiplier"] == 1.5].set_index("item")["change"]
    assert ends.corr(slopes) > 0.99
    one_order = question_curves(ONE, curves[curves["order"] == 0])
    assert one_order.empty


def test_the_run_of_a_concept_is_found_by_its_card() -> None:
    assert run_of(["a/b"], ONE.cards, "wren", "reversed") == Path("a/b")
    assert run_of(["a/b"], ONE.cards, "wren", "other") is None
