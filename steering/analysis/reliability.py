"""The reliability card of one run: its verdicts, and the numbers beside them, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import pandas as pd

from steering.analysis.answering import answering
from steering.analysis.brittleness import in_and_out
from steering.analysis.controls import prompting
from steering.analysis.curves import curve_table, select
from steering.analysis.dose import with_doses
from steering.analysis.evidence import Evidence, finding_of, known, number, one_of, rows_of
from steering.analysis.how_many_pairs import pairs_needed
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import effective_number, share_interval
from steering.analysis.strength import costs_by_dose
from steering.analysis.untested import untested
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.operating import operating_points
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
    """Return the reliability card of one run.

    Every outcome is that of a verdict, and every number beside it that of the verdict or of the
    table of `steering.analysis` that a page shows. Raises Refused where the run has no verdict, as
    one of a version before there were any.
    """
    curves = curve_table(evidence.results)
    moved = _counted(training_pairs.beside_resampled(curves))
    slopes = f"{evidence.unit} per unit of λ"
    steering = one_of(evidence, outcomes.STEERING, slopes, moved)
    if steering is None:
        name = evidence.run["concept"]["name"]
        raise Refused(f"the run of concept {name!r} has no verdict: measure it again.")
    answers = answering(evidence.results).iloc[0].to_dict()
    found: dict[str, Any] = {
        "shifts": _shifts(evidence, curves),
        "specific": one_of(evidence, outcomes.SPECIFIC, slopes, moved),
        "letter": one_of(evidence, outcomes.LETTER, slopes, moved),
        "prompting": _personas(evidence, curves),
        "operating": _operating(evidence, moved),
        "predictors": _predictors(evidence),
        "pairs": _pairs(evidence, curves),
        "replies": one_of(evidence, outcomes.REPLIES, "nats a token per unit of λ", {}),
        "other_form": _in_other_form(evidence),
        "crossed": one_of(evidence, outcomes.CROSSED, slopes, moved),
    }
    return ReliabilityCard(
        about=_about(evidence),
        answering=_answering(answers, evidence.unit),
        steering=steering,
        per_dose=_per_dose(evidence, steering.number),
        questions=_questions(evidence, curves),
        **found,
        untested=untested(evidence.results, found),
    )


def _counted(rows: pd.DataFrame) -> dict[Any, Any]:
    means = training_pairs.means(rows, "steerability", [])
    return dict(means.iloc[0].to_dict()) if len(means) else {}


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


def _questions(evidence: Evidence, curves: pd.DataFrame) -> Questions:
    rows = pd.DataFrame(rows_of(evidence, outcomes.QUESTION), columns=["subject", "outcome"])
    counts = {name: int((rows["outcome"] == name).sum()) for name in outcomes.OUTCOMES["question"]}
    groups = counterbalanced(select(curves)).drop_duplicates("item").set_index("item")["group"]
    judged = rows[rows["outcome"] != outcomes.TOO_LITTLE].astype({"subject": int})
    wrong = judged["outcome"] == outcomes.REVERSED
    drawn = groups.reindex(judged["subject"])
    below = training_pairs.beside_resampled(curves)
    below = below.assign(below=below["steerability"] < 0)
    zero = training_pairs.shares(below, "below", []).iloc[0].to_dict()
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
        below_zero=number(zero, ("share", "low", "high"), "share of curves", zero),
    )


def _shifts(evidence: Evidence, curves: pd.DataFrame) -> tuple[Finding, ...]:
    counts = {row["shift"]: row for row in in_and_out(curves).to_dict("records")}
    rows = rows_of(evidence, outcomes.SHIFT)
    return tuple(finding_of(row, SHARE, counts.get(row["subject"], {})) for row in rows)


def _personas(evidence: Evidence, curves: pd.DataFrame) -> tuple[Finding, ...]:
    tried = prompting(curves, evidence.results).to_dict("records")
    counts = {row["means"]: row for row in tried}
    rows = rows_of(evidence, outcomes.PROMPTING)
    return tuple(finding_of(row, evidence.unit, counts.get(row["subject"], {})) for row in rows)


def _operating(evidence: Evidence, counts: Mapping[Any, Any]) -> Operating | None:
    point = evidence.run.get("operating")
    if not isinstance(point, Mapping):
        return None
    paid: dict[str, float | None] = dict.fromkeys(("loss", "divergence", "price"))
    finding = one_of(evidence, outcomes.OPERATING, evidence.unit, counts)
    if finding is not None and len(evidence.costs):
        cards = [evidence.run]
        by_dose = costs_by_dose(evidence.costs, cards)
        row = operating_points(cards, by_dose, evidence.verdicts).iloc[0]
        paid = {name: known(row[name]) for name in paid}
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


def _pairs(evidence: Evidence, curves: pd.DataFrame) -> Pairs | None:
    needed = pairs_needed(curves, evidence.results).to_dict("records")
    if not needed:
        return None
    row = needed[0]
    half = number(row, ("half", "half_low", "half_high"), "share of the slope", {})
    return Pairs(int(row["groups"]), float(row["items"]), known(row["needed"]), half)


def _in_other_form(evidence: Evidence) -> Finding | None:
    steering = outcomes.of_claim(evidence.verdicts, outcomes.STEERING)
    others = steering[steering["form"] != evidence.form].to_dict("records")
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
        model_reference=evidence.model,
        revision=model["revision"],
        architecture=model["architecture"],
        parameters=model["parameters"],
        concept=concept["name"],
        concept_reference=evidence.concept,
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
