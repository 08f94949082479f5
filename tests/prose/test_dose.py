"""How large a dose is, in a sentence."""

from __future__ import annotations

from steering.analysis import dose
from steering.prose.dose import dose_sentences
from tests.support.synthetic import standard


def test_doses_are_those_of_the_table() -> None:
    more = {"vector_norms": {"BASE": 2.0}, "residual_norm": 8.0, "multipliers": [-1.5, 0, 1, 1.5]}
    doses = dose.doses([card | more for card in standard().cards])
    assert dose_sentences(doses) == (
        "How long is the vector, as a multiple of what it is added to (‖λv‖ over ‖h‖)? "
        "At λ = 1: 0.25. At the largest |\u2060λ\u2060|, 1.5: 0.38."
    )
    without = doses[doses["multiplier"] != 1]
    assert "At λ = 1" not in dose_sentences(without)


def test_doses_that_differ_between_concepts_are_a_median_with_quartiles() -> None:
    cards = [
        card | {"vector_norms": {"BASE": norm}, "residual_norm": 8.0, "multipliers": [0, 1]}
        for card, norm in zip(standard().cards, (2.0, 4.0, 5.0), strict=False)
    ]
    assert "At λ = 1: median 0.50 (quartiles 0.38 to 0.56)." in dose_sentences(dose.doses(cards))
