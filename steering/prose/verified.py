"""Sentences about a card that was measured again: that it holds, or what differs from it."""

from __future__ import annotations

from collections.abc import Sequence

from steering.analysis.verified import Compared, Value
from steering.prose.words import plural
from steering.records.reliability import About, ReliabilityCard

_PARTS = {
    "specific": "whether other concepts' vectors do as much",
    "other_form": "the other form of the questions",
    "crossed": "the vector read in the other form",
}


def verified_sentences(
    card: ReliabilityCard, here: About, rows: Sequence[Compared], *, same_place: bool
) -> list[str]:
    """Return what came of measuring a card again, a sentence a line.

    `here` is about what was measured now, and `rows` what `analysis.verified` compared.
    """
    differing = [row for row in rows if not row.agrees]
    told = [_difference(row) for row in differing]
    where = f"on {here.device} in {here.dtype}"
    if not same_place:
        where += f", where the card is of {card.about.device} in {card.about.dtype}"
    what = f"{card.about.concept} in {card.about.model}"
    if differing:
        told.append(
            f"The card of {what} differs in {len(differing)} of {plural(len(rows), 'thing')} that "
            f"were measured again {where}."
        )
    else:
        told.append(
            f"The card of {what} holds: {plural(len(rows), 'thing')} that it says were measured "
            f"again {where}, and agree."
        )
    left = [text for name, text in _PARTS.items() if getattr(card, name) is not None]
    if left:
        told.append(
            "Not measured again, since it takes more than one run: " + "; ".join(left) + "."
        )
    return told


def _difference(row: Compared) -> str:
    return (
        f"{row.what}: the card says {_written(row.card)}, measured now {_written(row.found)} "
        f"(allowed: {row.allowed})."
    )


def _written(value: Value) -> str:
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str) else f"{value:.6g}"
