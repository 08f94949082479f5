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
# How every mark begins: whoever checks a book looks for it.
BY_THE_AUTHORS = "Measured by the authors"
_ONLY_OF_THE_PEER = "peer: "


def not_measured(command: str) -> str:
    """Return the sentence in place of what a command would measure, and has not yet."""
    return f"This was not measured yet: `{command}` does it, and writes what it found."


def read_about(file: Path) -> dict[str, Any]:
    """Return what a committed result says of itself, beside its numbers."""
    about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return about


def measured_by_us(about: Mapping[str, Any], command: str, what: str) -> str:
    """Return the mark of a committed result, a line that opens: when, where, how to redo it.

    `about` is what its file says of itself: `date`, `machine`, `versions`, `code`. `what` names the
    result on its page.
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
    return _mark(
        what,
        f"Measured on {about['date']}, on {where}{note}, with {escaped(listed(own))}{beside}. The "
        f"result comes with the report; `{command}` measures it on your machine and replaces it.",
    )


def sets_by_us(cards: Sequence[Mapping[str, Any]]) -> Markdown | None:
    """Return the mark of a page on which runs of ours stand in: a line that opens, for its foot.

    They do where data are not at hand, or measuring takes long. `cards` are those of all runs on
    the page. None where none of them is ours.
    """
    ours = [card for card in cards if card.get("committed")]
    if not ours:
        return None
    real = [card for card in ours if card["committed"].get("again")]
    standing_in = [card for card in ours if not card["committed"].get("again")]
    kinds = [kind_of_source(card["concept"].get("source")) for card in standing_in]
    free = [card for card, kind in zip(standing_in, kinds, strict=True) if kind == OURS]
    of_sets = [card for card, kind in zip(standing_in, kinds, strict=True) if kind != OURS]
    told = [_sets(of_sets)] if of_sets else []
    told += [_said(free)] if free else []
    told += [_model(name, real) for name in sorted(real_models(real))]
    return Markdown(_mark(listed(what for what, _ in told), *(how for _, how in told)))


def _mark(what: str, *how: str) -> str:
    """Return the line that says what the authors measured, and what it opens: how they did."""
    summary = f"<summary>{BY_THE_AUTHORS}, not on this machine: {what}</summary>"
    inside = "\n\n".join(how)
    return f'<details class="measured-by">{summary}\n\n{inside}\n\n</details>'


def real_models(cards: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the models of a report that it shows from committed runs alone, on one page each."""
    ours = (card for card in cards if card.get("committed", {}).get("again"))
    return {str(card["model"]["name"]) for card in ours}


def _model(name: str, ours: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return what was measured of a model that takes long, and how."""
    cards = [card for card in ours if card["model"]["name"] == name]
    concepts = {card["concept"]["name"] for card in cards}
    again = cards[0]["committed"]["again"]
    return (
        f"{escaped(name)} on {plural(len(concepts), 'concept')}",
        f"{escaped(name)} was measured {_when_and_where(cards)}. It takes long, so the results "
        f"come with the report, without any statement of a data set; {again} measures it here."
        + _later(cards),
    )


def _later(ours: Sequence[Mapping[str, Any]]) -> str:
    """Return when and where it was measured how strongly vectors of older runs may be applied."""
    later = [one for card in ours if (one := card["committed"].get("later"))]
    if not later:
        return ""
    alike = [{**one, "committed": one} for one in later]
    return (
        f" How strongly the vectors of {plural(len(later), 'concept')} may be applied was measured "
        f"later, {_when_and_where(alike)}."
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


def _said(ours: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return how many concepts of ours were measured in free text, and how."""
    names = {card["concept"]["name"] for card in ours}
    return (
        f"what the models say of {plural(len(names), 'concept')} of ours",
        f"What the models say of concepts of ours was measured {_when_and_where(ours)}, on all "
        "pairs of texts. It takes long, so the results come with the report; `steering report "
        "--full` measures it here.",
    )


def _sets(ours: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return how many data sets the runs stand in for, and how they were measured."""
    names = {card["concept"]["name"] for card in ours}
    return (
        plural(len(names), "public data set"),
        f"Public data sets were measured {_when_and_where(ours)}: their data are not on this "
        "machine. `steering fetch` brings them, and the next `steering report` measures all of it "
        "here.",
    )
