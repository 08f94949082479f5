"""A card beside what was measured again: every planted change is found, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from steering.analysis.verified import NOT_AGAIN, TOLERANCE, compared, outcomes_agree
from steering.records.reliability import ReliabilityCard, card_json, read_reliability
from tests.support import carded

# What no run of one concept measures again, what says who the card is about, and which family it
# was tested in.
LEFT = {*NOT_AGAIN, "version", "about"}


def planted(tmp_path: Path, path: tuple[Any, ...], value: Any = None) -> ReliabilityCard:
    file = tmp_path / "card.json"
    file.write_text(carded.changed(carded.card("reversed"), path, value), encoding="utf-8")
    return read_reliability(file)


def differing(card: ReliabilityCard, found: ReliabilityCard) -> list[str]:
    return [row.what for row in compared(card, found) if not row.agrees]


def elsewhere(card: ReliabilityCard, dtype: str = "bfloat16") -> ReliabilityCard:
    about = {**vars(card.about), "dtype": dtype}
    about = {name: value for name, value in about.items() if not name.startswith("__")}
    return replace(card, about=type(card.about)(**about))


def test_the_same_measured_again_agrees() -> None:
    for name in ("strong", "inert", "reversed"):
        assert differing(carded.card(name), carded.card(name)) == []
    assert len(compared(carded.card(), carded.card())) > 100


def test_every_number_that_is_changed_is_found(tmp_path: Path) -> None:
    found = carded.card("reversed")
    raw = json.loads(card_json(found))
    places = [path for path in carded.numbers(raw) if path[0] not in LEFT]
    places = [path for path in places if path[-1] not in ("family", "q")]
    missed = [path for path in places if not differing(planted(tmp_path, path), found)]
    assert missed == []
    assert len(places) > 100
    assert differing(planted(tmp_path, ("about", "layer")), found) == ["layer"]


def test_a_number_may_differ_by_a_thousandth(tmp_path: Path) -> None:
    found = carded.card("reversed")
    value = found.steering.number.value
    assert value is not None
    for by, differs in ((TOLERANCE * 0.9, False), (TOLERANCE * 1.1, True), (-0.01, True)):
        card = planted(tmp_path, ("steering", "number", "value"), value + by)
        assert differing(card, found) == ["steering"] * differs


def test_words_that_are_changed_are_found(tmp_path: Path) -> None:
    found = carded.card("reversed")
    for path in (("steering", "outcome"), ("shifts", 0, "outcome"), ("letter", "outcome")):
        card = planted(tmp_path, path, "moves it the wrong way")
        (what,) = differing(card, found)
        assert what.startswith("verdict on ")
    card = planted(tmp_path, ("answering", "answers"), False)
    assert differing(card, found) == ["answers"]


def test_on_another_machine_a_number_may_lie_anywhere_in_the_cards_interval(
    tmp_path: Path,
) -> None:
    found = elsewhere(carded.card("reversed"))
    slope = carded.card("reversed").steering.number
    assert slope.low is not None
    assert slope.high is not None
    half = slope.high - slope.low
    assert differing(carded.card("reversed"), found) == []
    for value, differs in ((slope.high, False), (slope.low, False)):
        card = planted(tmp_path, ("steering", "number", "value"), value)
        assert bool(differing(card, found)) is differs
    number = replace(found.steering.number, value=slope.high + half)
    farther = replace(found, steering=replace(found.steering, number=number))
    assert differing(carded.card("reversed"), farther) == ["steering"]
    (row,) = (r for r in compared(carded.card("reversed"), farther) if not r.agrees)
    assert row.allowed == "within the card's interval"
    # Which questions were asked is no matter of the machine.
    assert differing(planted(tmp_path, ("questions", "asked")), found) == ["questions asked"]


def test_an_outcome_of_a_report_may_claim_less_than_the_run_alone_and_never_more() -> None:
    alone = replace(carded.card().steering, family=1, p=0.03, q=0.03)
    of_report = replace(alone, outcome="cannot be told apart from chance", family=9, q=0.2)
    assert outcomes_agree(of_report, alone)
    assert not outcomes_agree(alone, of_report)
    assert not outcomes_agree(replace(of_report, q=0.04), alone)
    assert not outcomes_agree(replace(of_report, family=1), alone)
    assert outcomes_agree(replace(alone, family=9, q=0.04), alone)
    # An adjusted p is never below the p itself.
    assert not outcomes_agree(replace(alone, family=9, q=0.001), alone)


def test_what_the_card_does_not_say_is_not_compared() -> None:
    card = replace(carded.card(), operating=None, predictors=())
    assert differing(card, carded.card()) == []
    assert "operating point: loss" in differing(carded.card(), card)
