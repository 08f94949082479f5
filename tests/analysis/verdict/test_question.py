"""Whether the vector moves the answer to one question the wrong way."""

from __future__ import annotations

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.question import question_verdicts, reversed_in_both_orders
from tests.support.synthetic import standard, standard_curves


def test_questions_that_were_planted_to_reverse_are_found_and_no_others() -> None:
    table = question_verdicts(standard_curves())
    turned = standard().items.query("feature == 'at work' and split == 'test'")
    planted = {*zip(turned["concept"], turned["item"].astype(str), strict=True)}
    found = table[(table["outcome"] == outcomes.REVERSED) & (table["concept"] != "yes")]
    assert {*zip(found["concept"], found["subject"], strict=True)} == planted
    assert len(planted) == 12


def test_a_push_towards_the_letter_reverses_curves_but_no_question() -> None:
    """By curves, half of such a concept was said to move the wrong way."""
    own = select(standard_curves()).query("concept == 'letter'")
    assert (own["steerability"] < 0).mean() == 0.5
    table = question_verdicts(standard_curves()).query("concept == 'letter'")
    assert set(table["outcome"]) == {outcomes.FOLLOWS}


def test_the_family_are_the_questions_of_a_concept() -> None:
    table = question_verdicts(standard_curves())
    assert set(table["family"]) == {40}
    inert = table[table["concept"] == "inert"]
    assert set(inert["outcome"]) == {outcomes.CHANCE}


def test_with_too_few_vectors_no_question_is_judged() -> None:
    curves = standard_curves()
    few = curves[(curves["direction"] != "shuffled") | (curves["number"] < 4)]
    table = question_verdicts(few)
    assert set(table["outcome"]) == {outcomes.TOO_LITTLE}
    assert set(table["reason"]) == {"fewer than ten vectors of kind shuffled"}


def test_both_orders_of_a_question_count_one_by_one() -> None:
    table = reversed_in_both_orders(standard_curves())
    assert not table.duplicated([*RUN_KEY, "item"]).any()
    share = table.groupby("concept")[["first", "second", "both"]].mean()
    # A push towards A turns the curves with the positive answer at B, and no others.
    assert share.loc["letter"].to_list() == [0, 1, 0]
    assert share.loc["reversed"].to_list() == [0.3, 0.3, 0.3]
