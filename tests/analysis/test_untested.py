"""What a card is no ground for follows from what its run lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from steering.analysis.untested import ALWAYS, untested
from steering.records.results import Results
from tests.support import carded

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("specific", "replies", "other_form", "operating", "pairs")),
    **dict.fromkeys(("shifts", "prompting", "predictors"), ()),
}


def of(results: Results, **found: Any) -> set[str]:
    wordings = results.prompts["wording"].nunique()
    return set(untested(results.cards[0], wordings, NOTHING | found)) - set(ALWAYS)


def test_what_was_measured_is_not_listed_and_the_rest_is() -> None:
    card, results = carded.card(), carded.evidence().results
    everything = of(results)
    assert "free text" in everything
    assert "cost on neutral text" in everything
    assert any("BASE→USER_NEG" in name for name in everything)
    there = {name: getattr(card, name) for name in ("shifts", "prompting", "operating")}
    left = of(results, **there, predictors=card.predictors, other_form=card.steering)
    assert left == {
        "other wordings of the questions", "sampled replies", "smaller numbers of training pairs",
        "vectors of other concepts on these questions",
    }  # fmt: skip


def test_each_missing_shift_is_named() -> None:
    card, results = carded.card(), carded.evidence().results
    (prompts,) = (name for name in of(results, shifts=card.shifts[1:]) if "prompts" in name)
    assert prompts == "other prompts (BASE→USER_NEG)"


def test_a_run_in_free_text_lacks_the_letters_and_one_layer_lacks_the_others() -> None:
    results = carded.evidence().results
    run: Any = {**results.cards[0], "form": "said", "layers": [4]}
    left = of(replace(results, cards=(run,)))
    assert {"answers by letter", "other layers"} <= left
    assert "free text" not in left


def test_what_nobody_tests_is_always_listed() -> None:
    assert set(ALWAYS) <= set(carded.card().untested)
