"""What a run has not tested, and what no run of this package tests: a card is no ground for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steering.analysis.brittleness import shift_name
from steering.analysis.verdict.outcomes import NOT_TESTED
from steering.records.run_card import RunCard
from steering.records.tables import SHIFTS, TODAY

# No run of this version tests these.
ALWAYS = (
    "conversations of more than one turn",
    "other languages than that of the questions",
    "several vectors at once",
)


def untested(card: RunCard, wordings: int, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what one run has not tested, each as a noun.

    `wordings` is in how many wordings its questions were asked. `found` holds the parts of the card
    by the names of its fields, empty where nothing was measured.
    """
    of_letters = card.get("form", TODAY["form"]) == TODAY["form"]
    specific, replies = found["specific"], found["replies"]
    tried = {shift.subject for shift in found["shifts"]}
    shifts = [name for shift in SHIFTS if (name := shift_name(*shift)) not in tried]
    other_form = "free text" if of_letters else "answers by letter"
    missing = {
        "other wordings of the questions": wordings < 2,
        f"other prompts ({', '.join(shifts)})": bool(shifts),
        other_form: found["other_form"] is None,
        "sampled replies": replies is None,
        "vectors of other concepts on these questions": (
            specific is None or specific.outcome == NOT_TESTED
        ),
        "personas in the prompt": not found["prompting"],
        "cost on neutral text": found["operating"] is None,
        "predictors from the training items": not found["predictors"],
        "smaller numbers of training pairs": found["pairs"] is None,
        "other layers": len(card["layers"]) < 2,
    }
    return (*(name for name, lacking in missing.items() if lacking), *ALWAYS)
