"""Sentences and the table about how much the questions of a concept differ."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.words import (
    MOST,
    NARROW,
    UNIT,
    Column,
    Row,
    counted,
    interval,
    listed,
    named,
    number,
    records,
    share,
    span,
    table_by_kind,
    within,
)
from steering.records.kinds import by_kind, kinds_of

BEYOND = (
    "anti_steerable_beyond_chance",
    "anti_steerable_beyond_chance_low",
    "anti_steerable_beyond_chance_high",
)


def concept_sentences(row: Row) -> str:
    """Return what one concept's vector did, in three sentences.

    `row` is one of `analysis.variability.by_concept`.
    """
    effect = (
        f"Adding the vector once (λ = 1) moves the propensity by **{number(row['mean'])} logits** "
        f"on average (95{NARROW}% interval {interval(row['low'], row['high'])})."
    )
    return " ".join([effect, chance_sentences(row), anti_steerable_sentences(row)])


def chance_sentences(row: Row) -> str:
    """Return whether the mean slope in a row of `by_concept` is beyond chance."""
    if pd.isna(row["beyond_chance"]):
        return "There are too few random vectors here to say what chance would do."
    width = f"95{NARROW}% of random vectors stay within ±{number(row['chance_high'])}"
    if not row["beyond_chance"]:
        return f"That is **no more than chance**: {width}."
    towards = "" if row["mean"] > 0 else ", and it goes the wrong way"
    return f"That is **beyond chance**: {width}{towards}."


def anti_steerable_sentences(row: Row) -> str:
    """Return how many curves of a row of `by_concept` are anti-steerable, beside chance."""
    band = interval(row["anti_steerable_low"], row["anti_steerable_high"], share)
    text = f"**{share(row['anti_steerable'])}** of the curves are anti-steerable ({band})"
    if pd.isna(row["chance_anti_low"]):
        return f"{text}."
    by_chance = interval(row["chance_anti_low"], row["chance_anti_high"], share)
    beyond = within(row, BEYOND, share)
    return (
        f"{text}; with random vectors it is {by_chance}. Of the curves, {beyond} fall by more than "
        "chance explains."
    )


def steerable_sentences(rows: pd.DataFrame) -> str:
    """Return on how many concepts a model can be steered beyond chance.

    `rows` are of `analysis.variability.by_concept`.
    """
    tested = rows[rows["beyond_chance"].notna()]
    if tested.empty:
        return "Too few random vectors were measured to say what lies beyond chance."
    beyond = tested[tested["beyond_chance"].astype(bool)]
    right = sorted(beyond.loc[beyond["mean"] > 0, "concept"])
    wrong = beyond[beyond["mean"] < 0]
    none = tested[~tested["concept"].isin(beyond["concept"])]
    text = (
        "The mean slope is positive and beyond chance on "
        f"{counted(right, len(tested), 'concept')}{_of_each_kind(right, tested)}."
    )
    if len(wrong):
        text += f" It goes the wrong way, beyond chance, on {named(wrong)}."
    if len(none):
        comma = "," if len(none) > MOST else ""
        text += f" On {named(none)}{comma} the vector does no more than a random one."
    return text


def _of_each_kind(chosen: list[str], rows: pd.DataFrame) -> str:
    kinds = by_kind(kinds_of(rows))
    if len(kinds) < 2:
        return ""
    return ": " + listed(
        f"{len(set(names) & set(chosen))} of {len(names)} {kind}" for kind, names in kinds.items()
    )


def spread_sentences(rows: pd.DataFrame) -> str:
    """Return how far items of one concept differ, over the concepts of a model."""
    text = (
        "Slopes of one concept differ between items with a standard deviation of "
        f"{span(rows['sd'])} {UNIT}, around means of {span(rows['mean'])}."
    )
    steered = rows[rows["beyond_chance"].fillna(False).astype(bool) & (rows["mean"] > 0)]
    if len(steered):
        most = records(steered.sort_values("anti_steerable"))[-1]
        band = interval(most["anti_steerable_low"], most["anti_steerable_high"], share)
        text += (
            f" Among the concepts steered beyond chance, {most['concept']} has the largest share "
            f"of anti-steerable curves: {share(most['anti_steerable'])} ({band})."
        )
    return text


MEAN = ("mean", "low", "high")


SD = ("sd", "sd_low", "sd_high")


ANTI = ("anti_steerable", "anti_steerable_low", "anti_steerable_high")


def verdict(row: Row) -> str:
    """Return whether a row of `by_concept` is beyond chance, as a word for a table."""
    if pd.isna(row["beyond_chance"]):
        return "not tested"
    return "yes" if row["beyond_chance"] else "no"


def concept_table(concepts: pd.DataFrame, *, page: str) -> Markdown:
    """Return a table with a row for each concept: its slope, chance, and how many curves fall.

    `page` is the link to a concept's page, with a place for its name.
    """
    columns: dict[str, Column] = {
        "Concept": lambda row: f"[{row['concept']}]({page.format(row['concept'])})",
        "Mean slope (95\u202f%)": lambda row: within(row, MEAN),
        "Chance, 95\u202f%": lambda row: f"±{number(row['chance_high'])}",
        "Beyond chance": verdict,
        "SD of slopes (95\u202f%)": lambda row: within(row, SD),
        "Anti-steerable (95\u202f%)": lambda row: within(row, ANTI, share),
        "With random vectors": lambda row: interval(
            row["chance_anti_low"], row["chance_anti_high"], share
        ),
        "Curves (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table_by_kind(concepts.sort_values("mean", ascending=False), columns)
