"""What is said of a card that was measured again."""

from __future__ import annotations

from dataclasses import replace

from steering.analysis.verified import compared
from steering.prose.verified import verified_sentences
from tests.support import carded


def test_a_card_that_holds_is_said_to_hold_and_where() -> None:
    card = carded.card()
    rows = compared(card, card)
    first, left = verified_sentences(card, card.about, rows, same_place=True)
    assert first == (
        f"The card of strong in wren holds: {len(rows)} things that it says were measured again "
        "on cpu in float32, and agree."
    )
    assert left.startswith("Not measured again, since it takes more than one run: whether other")


def test_each_difference_is_a_sentence_with_both_numbers() -> None:
    card = replace(carded.card(), specific=None)
    number = replace(card.steering.number, value=7.125, low=None)
    other = replace(card, steering=replace(card.steering, number=number, outcome="too little data"))
    rows = compared(other, card)
    *told, last = verified_sentences(other, card.about, rows, same_place=False)
    assert len(told) == 3
    assert told[0].startswith("steering: the card says 7.125, measured now 2.")
    assert told[0].endswith("(allowed: within 0.001).")
    assert "the card says nothing, measured now " in told[1]
    assert "the card says 'too little data', measured now 'moves the answer'" in told[2]
    assert f"differs in 3 of {len(rows)} things" in last
    assert "where the card is of cpu in float32" in last
