"""Marks for results that come with the project: by whom, when and on what they were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from IPython.display import Markdown

from steering.prose.words import escaped, listed, plural
from steering.records.kinds import OURS, kind_of_source

WORDLESS = "these results come with the project, without any text of a data set"
_ONLY_OF_THE_PEER = "peer: "


def read_about(file: Path) -> dict[str, Any]:
    """Return what a committed result says of itself, beside its numbers."""
    about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return about


def measured_by_us(about: Mapping[str, Any], command: str) -> str:
    """Return the mark of a committed result: when, where and with what it was measured.

    `about` is what its file says of itself: `date`, `machine`, `versions`, `code`.
    """
    place, versions = about["machine"], about["versions"]
    machine = place if isinstance(place, Mapping) else {"processor": place}
    where = escaped(machine["processor"])
    if "gpu" in machine:
        where = f"{escaped(machine['gpu'])}, with {where}"
    if "threads" in machine:
        where += f", {machine['threads']} thread{'' if machine['threads'] == 1 else 's'}"
    own = [f"{n} {v}" for n, v in versions.items() if not n.startswith(_ONLY_OF_THE_PEER)]
    peer = [
        f"{n.removeprefix(_ONLY_OF_THE_PEER)} {v}"
        for n, v in versions.items()
        if n.startswith(_ONLY_OF_THE_PEER)
    ]
    beside = f"; the other tool ran with {escaped(listed(peer))}" if peer else ""
    note = f" ({escaped(machine['note'])})" if "note" in machine else ""
    return (
        f"**Measured by us** on {about['date']}, on {where}{note}, with {escaped(listed(own))}"
        f"{beside}. It comes with the project; `{command}` on your machine replaces it."
    )


def sets_by_us(cards: Sequence[Mapping[str, Any]]) -> Markdown | None:
    """Return the mark of a page on which runs of ours stand in for data that are not at hand.

    `cards` are those of all runs on the page. None where none of them is ours.
    """
    ours = [card for card in cards if card.get("committed")]
    if not ours:
        return None
    real = [card for card in ours if card["committed"].get("again")]
    standing_in = [card for card in ours if not card["committed"].get("again")]
    kinds = [kind_of_source(card["concept"].get("source")) for card in standing_in]
    free = [card for card, kind in zip(standing_in, kinds, strict=True) if kind == OURS]
    of_sets = [card for card, kind in zip(standing_in, kinds, strict=True) if kind != OURS]
    sentences = [_sets(of_sets)] if of_sets else []
    sentences += [_said(free)] if free else []
    sentences += [_model(name, real) for name in sorted(real_models(real))]
    return Markdown("\n\n".join(sentences))


def real_models(cards: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the models of a report that it shows from committed runs alone, on one page each."""
    ours = (card for card in cards if card.get("committed", {}).get("again"))
    return {str(card["model"]["name"]) for card in ours}


def _model(name: str, ours: Sequence[Mapping[str, Any]]) -> str:
    """Return the mark of all runs of a model that takes long to measure."""
    cards = [card for card in ours if card["model"]["name"] == name]
    concepts = {card["concept"]["name"] for card in cards}
    again = cards[0]["committed"]["again"]
    return (
        f"**Measured by us** {_when_and_where(cards)}: what this page shows of {escaped(name)}, on "
        f"{plural(len(concepts), 'concept')}. It takes long, and comes with the project without "
        f"any statement; {again} measures it here."
    )


def _when_and_where(ours: Sequence[Mapping[str, Any]]) -> str:
    places = [card["committed"]["machine"] for card in ours]
    dates, machines = (
        listed(sorted(values))
        for values in (
            {str(card["date"]) for card in ours},
            {str(place.get("gpu", place["processor"])) for place in places},
        )
    )
    versions = [f"{name} {number}" for name, number in ours[0]["versions"].items()]
    return f"on {dates}, on {escaped(machines)}, with {escaped(listed(versions))}"


def _said(ours: Sequence[Mapping[str, Any]]) -> str:
    """Return the mark of runs of our own concepts in free text."""
    names = {card["concept"]["name"] for card in ours}
    return (
        f"**Measured by us** {_when_and_where(ours)}: what the models say of "
        f"{plural(len(names), 'concept')} of ours, on all pairs of texts. It takes long, and comes "
        "with the project; `steering report --full` measures it here."
    )


def _sets(ours: Sequence[Mapping[str, Any]]) -> str:
    """Return the mark of runs that stand in for data sets."""
    names = {card["concept"]["name"] for card in ours}
    return (
        f"**Measured by us** {_when_and_where(ours)}: what this page shows of "
        f"{plural(len(names), 'public data set')}, whose data are not on this machine. `steering "
        "fetch` brings them, and the next `steering report` measures all of it here."
    )
