"""Sentences and tables about how strongly a vector may be applied, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import Markdown

from steering.analysis.strength import at_dose
from steering.analysis.verdict.outcomes import MOVES, OPERATING
from steering.prose.outcomes import outcome_sentences
from steering.prose.quartiles import quartiles
from steering.prose.scope import whole
from steering.prose.words import (
    Column,
    counted,
    number,
    plural,
    records,
    share,
    table_by_kind,
    unit_of,
    within,
)
from steering.records.tables import TODAY

# Smaller doses are left out of the sentence about replies.
LEAST_DOSE = 0.2
NOT_MEASURED = (
    "How strongly these vectors may be applied was not measured: the runs are of an earlier "
    "version, or were made without neutral texts."
)


def reach_sentences(reaches: pd.DataFrame) -> str:
    """Return where the straight lines end, turn over, and where the letters are lost.

    Takes the table of `analysis.strength.reaches` for one model and form.
    """
    if reaches.empty:
        return NOT_MEASURED
    total = len(reaches)
    bends, turns = (list(reaches.loc[reaches[name], "concept"]) for name in ("bends", "turns"))
    lost = list(reaches.loc[reaches["lost"].notna(), "concept"])
    of_letters = reaches["form"].iloc[0] == TODAY["form"]
    told = [
        "The curves follow the line of small doses, within a quarter of it, up to a dose of "
        f"{quartiles(reaches['straight'])}; {counted(bends, total, 'concept')} leave it before the "
        f"largest dose, {number(float(reaches['most'].max()), 1)}.",
        f"{_first(counted(turns, total, 'concept'))} turn over: the largest dose does clearly less "
        "than a smaller one.",
    ]
    if of_letters:
        told.append(
            f"The two letters lose more than half of their probability on "
            f"{counted(lost, total, 'concept')}."
        )
    return " ".join(told)


def cost_sentences(beside: pd.DataFrame, plain: pd.DataFrame) -> str:
    """Return what the vectors cost beside random ones, at each dose that both were tried at.

    Takes the tables of `analysis.strength.beside_random` and `fluency` for one model and form.
    """
    if beside.empty:
        return ""
    without = float(plain["log_likelihood"].mean())
    told = [
        f"Without a vector the model gives a token of neutral text {number(without)} nats on "
        "average (where a model knows such text hardly better than by chance, the loss says little "
        "and the divergence counts). What does a push take from that?"
    ]
    rounded = beside.assign(near=beside["dose"].round(2))
    for dose, part in rounded.groupby("near"):
        told.append(
            f"At a dose of {number(float(str(dose)))}: {quartiles(part['own'])} nats, and random "
            f"vectors of the same length {quartiles(part['random'])}."
        )
    return " ".join(told)


def degenerate_sentence(shares: pd.DataFrame) -> str:
    """Return how many replies to neutral requests are empty or loop, by dose.

    Takes the table of `analysis.strength.degenerate`.
    """
    if shares.empty:
        return ""
    told = [
        f"{within(row, ('degenerate', 'low', 'high'), share)} at {number(row['dose'])}"
        for row in records(shares)
        if row["dose"] == 0 or row["dose"] >= LEAST_DOSE
    ]
    return (
        "How many replies that the steered model writes to such requests are empty or loop? By "
        f"dose (0 is without a vector): {'; '.join(told)}. Each share is of "
        f"{whole(shares['replies'])} replies."
    )


def operating_sentences(points: pd.DataFrame, verdicts: pd.DataFrame) -> str:
    """Return what the vectors do at the strongest push under the cost that is allowed.

    Takes the table of `verdict.operating.operating_points` and the verdicts, for one model and
    form.
    """
    if points.empty:
        return NOT_MEASURED
    form = str(points["form"].iloc[0])
    limit = number(float(points["limit"].iloc[0]))
    own = verdicts[verdicts["form"] == form]
    return (
        f"The *operating point* is the strongest λ at which a token of neutral text loses at most "
        f"{limit} nats of log-likelihood (a weaker one, where the curve has turned over before on "
        f"validation items). Its dose is {quartiles(points['dose'])}. What the vector does there, "
        f"on test items: {outcome_sentences(own, OPERATING)}"
    )


def point_sentence(points: pd.DataFrame) -> str:
    """Return what one concept's vector does at its operating point, and the price of it."""
    if points.empty:
        return NOT_MEASURED
    row = records(points)[0]
    unit, moves = unit_of(str(row["form"])), row["outcome"] == MOVES
    effect = within(row, ("effect", "low", "high"))
    price = f" That is {number(row['price'], 3)} nats for each of these {unit}." if moves else ""
    return (
        f"At the strongest push that costs a token of neutral text at most {number(row['limit'])} "
        f"nats of log-likelihood, λ = {number(row['multiplier'])} (a dose of "
        f"{number(row['dose'])}), the verdict is: **{row['outcome']}**. The vector changes the "
        f"mean propensity by {effect} {unit}, and a token of neutral text loses "
        f"{number(row['loss'], 3)} nats (KL {number(row['divergence'], 3)}).{price}"
    )


def card_sentence(card: Mapping[str, Any]) -> str:
    """Return which λ is the strongest under the cost allowed; "" where none was looked for."""
    point = card.get("operating")
    if point is None:
        return ""
    limit = number(float(point["cost_limit"]))
    if not point["multiplier"]:
        return "Even the smallest dose leaves neutral text without a likelihood that is a number."
    return (
        f"The strongest push that costs a token of neutral text at most {limit} nats is "
        f"λ = {number(float(point['multiplier']))}, a dose of {number(float(point['dose']))}."
    )


def point_table(points: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: its operating point, effect, cost and price."""
    columns: dict[str, Column] = {
        "Concept": "concept",
        "λ": lambda row: number(row["multiplier"]),
        "Dose": lambda row: number(row["dose"]),
        "Change of the propensity (95 %)": lambda row: within(row, ("effect", "low", "high")),
        "Verdict at that cost": "outcome",
        "Loss (nats a token)": lambda row: number(row["loss"], 3),
        "KL (nats a token)": lambda row: number(row["divergence"], 3),
        "Price (nats for a unit of propensity)": lambda row: number(row["price"], 3),
    }
    return table_by_kind(points, columns)


def persona_sentence(personas: pd.DataFrame, points: pd.DataFrame) -> str:
    """Return what the positive personas in the prompt cost beside the vectors at their points."""
    if personas.empty or points.empty:
        return ""
    told = [
        f"{setting}: {quartiles(part['loss'])}"
        for setting, part in personas.groupby("prompt_setting", sort=False)
    ]
    return (
        "A persona in the prompt costs something on neutral text, too (nats a token, over "
        f"{plural(personas['concept'].nunique(), 'concept')}): {'; '.join(told)}. The vectors at "
        f"their operating points: {quartiles(points['loss'])}."
    )


def doses_observed(responses: pd.DataFrame) -> str:
    """Return how much a curve over doses rests on, by `analysis.strength.responses`."""
    several = plural(responses["concept"].nunique(), "concept")
    prompts, groups = whole(responses["n"]), whole(responses["groups"])
    return f"{several}, each with {prompts} prompts of {groups} groups"


def texts_observed(by_dose: pd.DataFrame) -> str:
    """Return how many texts a cost rests on, by `analysis.strength.costs_by_dose`."""
    several = plural(by_dose["concept"].nunique(), "concept")
    return f"{several}, {whole(by_dose['texts'])} neutral texts"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def cost_finding(beside: pd.DataFrame) -> str:
    """Return in one sentence what the strongest push costs. Takes the table of `beside_random`."""
    if beside.empty:
        return ""
    dose = float(beside["dose"].round(2).max())
    part = beside[beside["dose"].round(2) == dose]
    return (
        f"At a dose of {number(dose)}, a token of neutral text loses {quartiles(part['own'])} nats,"
        f" and {quartiles(part['random'])} under random vectors."
    )


def layers_cost_finding(by_dose: pd.DataFrame, dose: float) -> str:
    """Return in one sentence at which layer a push of one dose costs most, and at which least.

    Takes the table of `analysis.strength.costs_by_dose` for one model and form. Compared are the
    layers' medians over concepts.
    """
    loss = at_dose(by_dose, dose).groupby("layer")["loss"].median()
    if len(loss) < 2:
        return "The cost was measured at one layer alone."
    return (
        f"By the median of concepts, a dose of {number(dose)} costs a token of neutral text most "
        f"at layer {loss.idxmax()}, {number(float(loss.max()), 3)} nats, and least at layer "
        f"{loss.idxmin()}, {number(float(loss.min()), 3)} nats."
    )
