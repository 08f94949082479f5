"""The reliability card of a run: its verdicts, and the numbers beside them, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import pandas as pd

from steering.analysis.card_tables import CardTables, card_tables
from steering.analysis.dose import with_doses
from steering.analysis.evidence import Evidence, finding_of, known, number, one_of, rows_of
from steering.analysis.statistics.groups import effective_number, share_interval
from steering.analysis.untested import untested
from steering.analysis.verdict import outcomes
from steering.errors import Refused
from steering.records.kinds import kind_of_source
from steering.records.predictors import PREDICTORS, TITLES
from steering.records.reliability import (
    About,
    Answering,
    Finding,
    Number,
    Operating,
    Pairs,
    Predictor,
    Questions,
    ReliabilityCard,
)
from steering.records.tables import TODAY

SHARE = "share of the slope in distribution"


def reliability(evidence: Evidence) -> ReliabilityCard:
    """Return the reliability card of one run, see `reliabilities`."""
    (card,) = reliabilities(evidence)
    return card


def reliabilities(evidence: Evidence) -> list[ReliabilityCard]:
    """Return the reliability cards of all runs of the evidence.

    Every outcome is that of a verdict, and every number beside it that of the verdict or of the
    table of `steering.analysis` that a page shows. Raises Refused where a run has no verdict, as
    one of a version before there were any.
    """
    parts = evidence.of_each()
    for part in parts:
        if not rows_of(part, outcomes.STEERING):
            name = part.run["concept"]["name"]
            raise Refused(f"the run of concept {name!r} has no verdict: measure it again.")
    return [_card(*of_run) for of_run in zip(parts, card_tables(evidence), strict=True)]


def _card(evidence: Evidence, tables: CardTables) -> ReliabilityCard:
    slopes = f"{evidence.unit} per unit of λ"
    steering = finding_of(rows_of(evidence, outcomes.STEERING)[0], slopes, tables.moved)
    found: dict[str, Any] = {
        "shifts": _shifts(evidence, tables),
        "specific": one_of(evidence, outcomes.SPECIFIC, slopes, tables.moved),
        "letter": one_of(evidence, outcomes.LETTER, slopes, tables.moved),
        "prompting": _personas(evidence, tables),
        "operating": _operating(evidence, tables),
        "predictors": _predictors(evidence),
        "pairs": _pairs(tables),
        "replies": one_of(evidence, outcomes.REPLIES, "nats a token per unit of λ", {}),
        "other_form": _in_other_form(evidence),
        "crossed": one_of(evidence, outcomes.CROSSED, slopes, tables.moved),
    }
    return ReliabilityCard(
        about=_about(evidence),
        answering=_answering(tables.answers, evidence.unit),
        steering=steering,
        per_dose=_per_dose(evidence, steering.number),
        questions=_questions(evidence, tables),
        **found,
        untested=untested(evidence.run, tables.wordings, found),
    )


def _answering(row: Mapping[Any, Any], unit: str) -> Answering:
    def of(name: str, its: str) -> Number:
        return number(row, (name, f"{name}_low", f"{name}_high"), its, row)

    letters, personas = of("letter_mass", "probability"), of("persona", unit)
    return Answering(bool(row["answers"]), str(row["reason"]), letters, personas)


def _per_dose(evidence: Evidence, slope: Number) -> Number:
    key = {"model": evidence.run["model"]["name"], "concept": evidence.run["concept"]["name"]}
    ends = {"mean": slope.value, "low": slope.low, "high": slope.high}
    row = with_doses(pd.DataFrame([{**key, **ends}], dtype=object), [evidence.run]).iloc[0]
    names = ("per_dose", "per_dose_low", "per_dose_high")
    return number(row.to_dict(), names, f"{evidence.unit} per unit of dose", vars(slope))


def _questions(evidence: Evidence, tables: CardTables) -> Questions:
    rows = pd.DataFrame(rows_of(evidence, outcomes.QUESTION), columns=["subject", "outcome"])
    counts = {name: int((rows["outcome"] == name).sum()) for name in outcomes.OUTCOMES["question"]}
    judged = rows[rows["outcome"] != outcomes.TOO_LITTLE].astype({"subject": int})
    wrong = judged["outcome"] == outcomes.REVERSED
    drawn = tables.groups.reindex(judged["subject"])
    share = None
    ends: tuple[float | None, float | None] = None, None
    if len(judged):
        share, independent = float(wrong.mean()), effective_number(wrong, drawn)
        low, high = share_interval(share * independent, independent)
        ends = known(low), known(high)
    return Questions(
        asked=len(rows),
        right_way=counts[outcomes.FOLLOWS],
        wrong_way=counts[outcomes.REVERSED],
        undecided=counts[outcomes.CHANCE],
        too_little=counts[outcomes.TOO_LITTLE],
        wrong_items=tuple(sorted(int(item) for item in judged.loc[wrong, "subject"])),
        wrong_share=Number(share, *ends, "share of questions", len(judged), drawn.nunique()),
        below_zero=number(tables.below, ("share", "low", "high"), "share of curves", tables.below),
    )


def _shifts(evidence: Evidence, tables: CardTables) -> tuple[Finding, ...]:
    counts = {row["shift"]: row for row in tables.shifts}
    rows = rows_of(evidence, outcomes.SHIFT)
    return tuple(finding_of(row, SHARE, counts.get(row["subject"], {})) for row in rows)


def _personas(evidence: Evidence, tables: CardTables) -> tuple[Finding, ...]:
    counts = {row["means"]: row for row in tables.personas}
    rows = rows_of(evidence, outcomes.PROMPTING)
    return tuple(finding_of(row, evidence.unit, counts.get(row["subject"], {})) for row in rows)


def _operating(evidence: Evidence, tables: CardTables) -> Operating | None:
    point = evidence.run.get("operating")
    if not isinstance(point, Mapping):
        return None
    paid: dict[str, float | None] = dict.fromkeys(("loss", "divergence", "price"))
    finding = one_of(evidence, outcomes.OPERATING, evidence.unit, tables.moved)
    if finding is not None and tables.operating is not None:
        paid = {name: known(tables.operating[name]) for name in paid}
    return Operating(
        multiplier=float(point["multiplier"]),
        dose=float(point["dose"]),
        limit=float(point["cost_limit"]),
        loss=paid["loss"],
        divergence=paid["divergence"],
        price=paid["price"],
        finding=finding,
    )


def _predictors(evidence: Evidence) -> tuple[Predictor, ...]:
    values = dict(zip(evidence.predictors["predictor"], evidence.predictors["value"], strict=True))
    there = [name for name in PREDICTORS if name in values]
    return tuple(Predictor(name, TITLES[name], known(values[name])) for name in there)


def _pairs(tables: CardTables) -> Pairs | None:
    if not tables.pairs:
        return None
    row = tables.pairs[0]
    half = number(row, ("half", "half_low", "half_high"), "share of the slope", {})
    return Pairs(int(row["groups"]), float(row["items"]), known(row["needed"]), half)


def _in_other_form(evidence: Evidence) -> Finding | None:
    steering = evidence.claims[outcomes.STEERING]
    others = [row for row in steering if row["form"] != evidence.form]
    if not others:
        return None
    unit = "logits" if others[0]["form"] == TODAY["form"] else "nats"
    return finding_of(others[0], f"{unit} per unit of λ", {})


def _about(evidence: Evidence) -> About:
    run = evidence.run
    model, concept = run["model"], run["concept"]
    doses = with_doses(
        pd.DataFrame([{"model": model["name"], "concept": concept["name"], "mean": 0.0,
                       "low": 0.0, "high": 0.0}]), [run],
    )  # fmt: skip
    named = ("title", "sha256", "origin", "positive_persona", "negative_persona")
    return About(
        model=model["name"],
        # By which names model and concept were asked for, only the run's folder knows.
        model_reference="",
        revision=model["revision"],
        architecture=model["architecture"],
        parameters=model["parameters"],
        concept=concept["name"],
        concept_reference="",
        kind=kind_of_source(concept.get("source")),
        **{name: str(concept.get(name) or "") for name in named},
        form=evidence.form,
        layer=run["layer"],
        dose=known(doses["unit"].iloc[0]),
        plan=_plan_shown(run["plan"]),
        device=run["device"],
        dtype=run["dtype"],
        date=run["date"],
        versions=dict(run["versions"]),
        committed="committed" in run,
    )


def _plan_shown(plan: Mapping[str, Any]) -> dict[str, Any]:
    # Where a vector's file lies is its owner's own affair: its name and hash are enough.
    given = {"vector": PurePath(plan["vector"]).name} if plan.get("vector") else {}
    return {**plan, **given}
