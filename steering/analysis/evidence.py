"""What reliability cards are made of, and how a verdict becomes a part of one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from steering.records.directions import CONTRASTIVE
from steering.records.reliability import Finding, Number
from steering.records.results import Results
from steering.records.run_card import RunCard
from steering.records.tables import TODAY


@dataclass(frozen=True)
class Evidence:
    """What the cards of one run or of several are made of.

    Attributes:
        results: of these runs, which are in one form of the questions.
        verdicts: on their concepts in their models, in any form of the questions.
        costs: the table of `records.strength`.
        predictors: the table of `records.predictors`.
    """

    results: Results
    verdicts: pd.DataFrame
    costs: pd.DataFrame
    predictors: pd.DataFrame

    @property
    def run(self) -> RunCard:
        """Return the card of the run, or of the first of several."""
        return self.results.cards[0]

    @property
    def form(self) -> str:
        """Return the form of the questions."""
        return str(self.run.get("form", TODAY["form"]))

    @property
    def unit(self) -> str:
        """Return the unit of a propensity in this form: both are natural logarithms."""
        return "logits" if self.form == TODAY["form"] else "nats"

    @cached_property
    def claims(self) -> dict[str, list[dict[Any, Any]]]:
        """Return the verdicts on the vector in any form of the questions, by their claim."""
        rows: dict[str, list[dict[Any, Any]]] = {}
        own = self.verdicts["direction"] == CONTRASTIVE
        for row in self.verdicts[own].to_dict("records"):
            rows.setdefault(row["claim"], []).append(row)
        return rows

    def of_each(self) -> list[Evidence]:
        """Return the evidence on each run. The tables of its results stay those of all runs."""
        tables = {name: self._parted(name) for name in ("verdicts", "costs", "predictors")}
        parts = []
        for card in self.results.cards:
            own = {
                name: by_run.get(run_of(card), getattr(self, name)[:0])
                for name, by_run in tables.items()
            }
            parts.append(replace(self, results=replace(self.results, cards=(card,)), **own))
        return parts

    def _parted(self, name: str) -> dict[Any, pd.DataFrame]:
        return dict(list(getattr(self, name).groupby(["model", "concept"], observed=True)))


def run_of(card: RunCard) -> tuple[str, str]:
    """Return the names of the model and of the concept of a run."""
    return card["model"]["name"], card["concept"]["name"]


def known(value: Any) -> float | None:
    """Return a number as the card has it: None where it is missing or not finite."""
    if value is None or pd.isna(value) or not math.isfinite(value):
        return None
    return float(value)


def number(
    row: Mapping[Any, Any], names: tuple[str, str, str], unit: str, counts: Mapping[Any, Any]
) -> Number:
    """Return a number with its interval from three columns of a row, and what it is of."""
    value, low, high = (known(row.get(name)) for name in names)
    sizes = {name: int(counts.get(name) or 0) for name in ("n", "groups")}
    return Number(value=value, low=low, high=high, unit=unit, **sizes)


def finding_of(row: Mapping[Any, Any], unit: str, counts: Mapping[Any, Any]) -> Finding:
    """Return a row of the table of verdicts as the card has it."""
    texts = {name: str(row[name]) for name in ("claim", "subject", "outcome", "reason")}
    p, q, least = (known(row[name]) for name in ("p", "q", "least"))
    estimate = number(row, ("estimate", "low", "high"), unit, counts)
    family = int(row["family"])
    return Finding(number=estimate, p=p, q=q, family=family, least=least, **texts)


def rows_of(evidence: Evidence, claim: str) -> list[dict[Any, Any]]:
    """Return the verdicts on one claim in the run's form of the questions."""
    return [row for row in evidence.claims.get(claim, []) if row["form"] == evidence.form]


def one_of(evidence: Evidence, claim: str, unit: str, counts: Mapping[Any, Any]) -> Finding | None:
    """Return the one verdict on a claim; None where there is none."""
    rows = rows_of(evidence, claim)
    return finding_of(rows[0], unit, counts) if rows else None
