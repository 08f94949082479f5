"""How large a dose is, in a sentence."""

from __future__ import annotations

from steering.analysis import dose
from steering.prose.dose import dose_sentences
from tests.support.synthetic import standard


def test_doses_are_those_of_the_table() -> None:
    more = {"vector_norms": {"BASE": 2.0}, "residual_norm": 8.0, "multipliers": [-1.5, 0, 1, 1.5]}
    doses = dose.doses([card | more for card in standard().cards])
    assert dose_sentences(doses) == (
        "At λ = 1 the vector is 0.25 times as long as what it is added to; "
        "at the largest |\u2060λ\u2060|, 1.5, it is 0.38 times as long."
    )
    without = doses[doses["multiplier"] != 1]
    assert dose_sentences(without).startswith("The dose is ‖λv‖ over ‖h‖; at the largest")


def test_doses_that_differ_between_concepts_are_a_range() -> None:
    cards = [
        card | {"vector_norms": {"BASE": norm}, "residual_norm": 8.0, "multipliers": [0, 1]}
        for card, norm in zip(standard().cards, (2.0, 4.0), strict=False)
    ]
    assert "is 0.25 to 0.50 times as long" in dose_sentences(dose.doses(cards))
