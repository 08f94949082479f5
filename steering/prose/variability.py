"""Sentences and the table about what the vector does, and how much a concept's questions differ."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from IPython.display import Markdown

from steering.analysis.verdict.outcomes import (
    CHANCE,
    FOLLOWS,
    MOVES,
    NO_ANSWER,
    PAIRS_UNKNOWN,
    QUESTION,
    REVERSED,
    STEERING,
    TOO_LITTLE,
    WRONG_WAY,
    is_moved,
    of_claim,
)
from steering.prose.outcomes import held_to, p_adjusted, rests_on
from steering.prose.quartiles import quartiles
from steering.prose.ranks import ranks_by_kind
from steering.prose.words import (
    NARROW,
    Column,
    Row,
    asked_in,
    interval,
    number,
    plural,
    probability,
    records,
    share,
    table_by_kind,
    unit_of,
    within,
)
from steering.records.kinds import KINDS
from steering.records.tables import TODAY

MEAN = ("mean", "low", "high")
SD = ("sd", "sd_low", "sd_high")
REVERSED_SHARE = ("reversed", "reversed_low", "reversed_high")
ANTI = ("anti_steerable", "anti_steerable_low", "anti_steerable_high")


# As was simulated (experiments/calibration); the page "How often is this report wrong?" shows it.
SPREADS = (
    "Intervals of a standard deviation hold the truth less often than those of a mean, above all "
    "with few groups, or where a few of them differ much from all others."
)


def concept_sentences(verdicts: pd.DataFrame, changes: pd.DataFrame) -> str:
    """Return whether one concept's vector moves the answer, and by which numbers.

    Takes the verdicts on the concept, and its rows of `analysis.change.change_at`.
    """
    once = {row["concept"]: row for row in records(changes)}
    rows = records(of_claim(verdicts, STEERING))
    return " ".join(_of_one(row, once.get(row["concept"])) for row in rows)


def _of_one(row: Row, once: Row | None) -> str:
    unit = unit_of(row["form"])
    slope = (
        f"the mean slope is {number(row['estimate'])} {unit} per unit of λ (95{NARROW}% interval "
        f"{interval(row['low'], row['high'])})"
    )
    added = ""
    if once is not None:
        added = (
            f" Added once (λ = {number(once['multiplier'], 0)}), it was measured to change the "
            f"propensity by {number(once['mean'])} {unit} on average "
            f"({interval(once['low'], once['high'])})."
        )
    least = f"a mean slope of at least {number(row['least'])}"
    match row["outcome"]:
        case outcome if outcome in (MOVES, WRONG_WAY):
            way = " the wrong way" if outcome == WRONG_WAY else ""
            return (
                f"**The vector moves the answer{way}**: {slope}. That is more than {held_to(row)} "
                f"do ({p_adjusted(row)}). {_capital(least)} would "
                f"have been told apart from chance with these data.{rests_on(row)}{added}"
            )
        case outcome if outcome == CHANCE:
            return (
                f"**What the vector does cannot be told apart from chance**: {slope}, beside "
                f"{held_to(row)} {p_adjusted(row)}. An effect may "
                f"be there; {least} would have been seen.{rests_on(row)}{added}"
            )
        case outcome if outcome == NO_ANSWER:
            return (
                "**There is no verdict about steering**, since the model does not answer these "
                f"questions even without a vector. For the record, {slope}.{added}"
            )
        case _:
            assert row["outcome"] == TOO_LITTLE
            return f"**There is too little data for a verdict** ({row['reason']}): {slope}.{added}"


def question_sentences(concepts: pd.DataFrame, verdicts: pd.DataFrame) -> str:
    """Return how many of one concept's questions are moved the wrong way.

    Takes the row of `analysis.variability.by_concept` and the verdicts on the concept.
    """
    row = records(concepts)[0]
    judged = of_claim(verdicts, QUESTION)
    if not row["questions"]:
        return "No question was measured in both orders of its answers."
    text = (
        f"Of {plural(row['questions'], 'question')}, **{within(row, REVERSED_SHARE, share)}** have "
        "a slope below zero, both orders of their answers taken together"
    )
    if pd.notna(row["chance_reversed_low"]):
        by_chance = interval(row["chance_reversed_low"], row["chance_reversed_high"], share)
        text += f" (95{NARROW}% of random vectors give {by_chance})"
    text += f". Tested one by one, {_one_by_one(judged)}"
    return (
        f"{text} The share of curves (as in the paper), which counts each order by itself, is "
        f"{within(row, ANTI, share)}. Slopes differ between questions by a standard deviation of "
        f"{within(row, SD)}. {SPREADS}"
    )


def _one_by_one(judged: pd.DataFrame) -> str:
    outcomes = judged["outcome"]
    if (outcomes == NO_ANSWER).all():
        return "no question is judged, since the model does not answer them even without a vector."
    if (outcomes == TOO_LITTLE).all():
        return "no question can be judged: there are too few vectors to hold it against."
    wrong, right, open_ = (int((outcomes == o).sum()) for o in (REVERSED, FOLLOWS, CHANCE))
    return (
        f"{plural(wrong, 'question')} of {len(outcomes)} {'is' if wrong == 1 else 'are'} moved the "
        f"wrong way and {right} the right way by more than {_chance(judged)}; {open_} cannot be "
        "told apart from chance."
    )


def _chance(judged: pd.DataFrame) -> str:
    unknown = (judged["reason"] == PAIRS_UNKNOWN).any()
    return (
        "random vectors alone explain (its training pairs are unknown)"
        if unknown
        else ("chance explains")
    )


def spread_sentences(concepts: pd.DataFrame, form: str = TODAY["form"]) -> str:
    """Return how far the questions of one concept differ, over the concepts of a model, in a form.

    Takes the table of `by_concept` with the outcome on steering (`verdict.table.with_outcomes`).
    Concepts whose vector does not move the answer do not count: their slopes are about nothing.
    """
    told, one = [], asked_in(form)
    for kind in KINDS:
        part = concepts[(concepts["kind"] == kind) & is_moved(concepts["outcome"])]
        if len(part):
            told.append(
                f"**{kind.capitalize()}**, over the {len(part)} where the vector moves the answer: "
                f"mean slope, {quartiles(part['mean'])} {unit_of(form)} per unit of λ; standard "
                f"deviation between the {one}s of a concept, {quartiles(part['sd'])}; share of its "
                f"{one}s with a slope below zero, {quartiles(part['reversed'], share)}."
            )
    return " ".join([*told, SPREADS] if told else [])


def concept_table(
    concepts: pd.DataFrame, *, page: str, pages: Collection[str] = (), form: str = TODAY["form"]
) -> Markdown:
    """Return a table with a row for each concept: what its vector does, and on which questions.

    Takes the table of `by_concept` with the outcome on steering (`verdict.table.with_outcomes`).
    Where it has the slopes per unit of dose (`analysis.dose.with_doses`), they are shown beside.
    `page` is the link to a concept's page, with a place for its name; where `pages` names any, only
    these concepts have one.
    """

    def named(row: Row) -> str:
        name = str(row["concept"])
        return f"[{name}]({page.format(name)})" if not pages or name in pages else name

    one = asked_in(form)
    columns: dict[str, Column] = {
        "Concept": named,
        "Verdict": "outcome",
        "Mean slope (95\u202f%)": _slope,
        "Adjusted p": lambda row: probability(row["q"]),
        "Would have been seen": lambda row: number(row["least"]),
        f"SD over {one}s (95\u202f%)": lambda row: within(row, SD),
        f"{one.capitalize()}s below zero (95\u202f%)": lambda row: within(
            row, REVERSED_SHARE, share
        ),
        "Share of curves (as in the paper)": lambda row: within(row, ANTI, share),
    }
    return table_by_kind(concepts.sort_values("mean", ascending=False), columns)


def _slope(row: Row) -> str:
    slope = within(row, MEAN)
    return f"{slope}, {number(row['per_dose'])} a dose" if "per_dose" in row else slope


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def variance_finding(agreement: pd.DataFrame) -> str:
    """Return in one sentence whether concepts that move further differ more between questions.

    Takes the table of `analysis.variability.spread_agreement`.
    """
    ranks = ranks_by_kind(agreement)
    if not ranks:
        return "There are too few concepts of a kind to rank them by mean and by variance."
    return (
        "Over concepts, the size of the mean slope and the variance between curves have a rank "
        f"correlation of {ranks}."
    )
