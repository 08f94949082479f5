"""The reliability card of a run whose slopes the test has chosen, and changes of single numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from steering.analysis.curves import curve_table
from steering.analysis.evidence import Evidence
from steering.analysis.reliability import reliability
from steering.analysis.verdict.table import verdicts
from steering.records.reliability import ReliabilityCard, card_json
from tests.support import strong
from tests.support.synthetic import DESIGNS, results

POINT = 2.0
AGREEMENT = 0.75
MORE: dict[str, Any] = {
    "model": {
        "name": "wren", "revision": "0123456789abcdef", "architecture": "Tiny", "parameters": 10,
    },
    "form": "chosen",
    "residual_norm": 10.0,
    "operating": {"multiplier": POINT, "dose": 0.4, "cost_limit": 0.1},
    "plan": {"operator": "add", "maker": "mean", "dtype": "float32"},
    "device": "cpu",
    "dtype": "float32",
    "date": "2026-01-31",
    "versions": {"torch": "1", "steering": "2"},
}  # fmt: skip


@cache
def evidence(name: str = "strong") -> Evidence:
    """All that a card is made of, of one design; do not change what it returns."""
    found = results({name: DESIGNS[name]})
    about = {"source": "own", "sha256": "ab" * 32, "origin": "items.jsonl"}
    about |= {"positive_persona": "You are <strong>.", "negative_persona": "You are weak."}
    concept = {**found.cards[0]["concept"], **about}
    card: Any = {**found.cards[0], **MORE, "concept": concept}
    found = replace(found, cards=(card,))
    wide = strong.operating(POINT, curve_table(found))
    row = {"model": "wren", "concept": name, "form": "chosen", "layer": 4, "pairs": 9, "groups": 8}
    told = pd.DataFrame([{**row, "predictor": "agreement", "value": AGREEMENT}])
    return Evidence(
        found,
        verdicts(found, wide=wide),
        strong.costs(name).assign(model="wren"),
        told,
    )


@cache
def card(name: str = "strong") -> ReliabilityCard:
    """The card of one design, whose model and concept were asked for by their names."""
    made = reliability(evidence(name))
    about = replace(made.about, model_reference="wren", concept_reference=name)
    return replace(made, about=about)


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every number in a JSON value."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(one, (*path, name))


def changed(of: ReliabilityCard, path: tuple[Any, ...], value: Any = None) -> str:
    """The JSON of a card in which one value is another; a number is one larger by default."""
    raw = json.loads(card_json(of))
    inside = raw
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = inside[path[-1]] + 1 if value is None else value
    return json.dumps(raw)
