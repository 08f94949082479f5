"""Sentences and the table about what the letter of the answer does."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.verdict.outcomes import CHANCE, LETTER, TOO_LITTLE, TOWARDS_A, of_claim
from steering.prose.outcomes import held_to, outcome_sentences, p_adjusted, rests_on
from steering.prose.variability import MEAN, SD
from steering.prose.words import (
    NARROW,
    Column,
    Row,
    interval,
    number,
    probability,
    records,
    table_by_kind,
    within,
)

WHAT = (
    "half the difference between the slopes with the positive answer at A and at B, in logits per "
    "unit of λ"
)


def letter_sentences(verdicts: pd.DataFrame) -> str:
    """Return whether one concept's vector pushes towards a letter. Takes the verdicts on it."""
    return " ".join(_of_one(row) for row in records(of_claim(verdicts, LETTER)))


def _of_one(row: Row) -> str:
    size = number(abs(row["estimate"]))
    band = interval(*sorted((abs(row["low"]), abs(row["high"]))))
    if row["outcome"] == TOO_LITTLE:
        return f"**There is too little data** to say whether it does ({row['reason']})."
    if row["outcome"] == CHANCE:
        return (
            "**A push towards a letter cannot be told apart from that of other vectors**: it is "
            f"{number(row['estimate'])} towards A ({interval(row['low'], row['high'])}; {WHAT}), "
            f"and {p_adjusted(row)}. A push of at least {number(row['least'])} would have been "
            f"seen.{rests_on(row)}"
        )
    letter = "A" if row["outcome"] == TOWARDS_A else "B"
    return (
        f"**The vector also pushes towards the letter {letter}, whatever {letter} says**, by "
        f"{size} ({band}; {WHAT}). That is more than {held_to(row)} do ({p_adjusted(row)})."
        f"{rests_on(row)}"
    )


def letters_sentences(verdicts: pd.DataFrame) -> str:
    """Return on how many concepts the vector also pushes towards a letter, and how far there.

    Takes the table of verdicts.
    """
    rows = of_claim(verdicts, LETTER)
    if rows.empty:
        return "No question was measured in both orders of its answers."
    found = rows[~rows["outcome"].isin([CHANCE, TOO_LITTLE])]
    told = [
        f"{row['concept']}: {number(abs(row['estimate']))} towards "
        f"{'A' if row['estimate'] > 0 else 'B'} "
        f"({interval(*sorted((abs(row['low']), abs(row['high']))))})"
        for row in records(found.sort_values("concept"))
    ]
    sizes = f" The push is {WHAT}: {'; '.join(told)}." if told else ""
    return f"{outcome_sentences(verdicts, LETTER)}{sizes}"


def bias_table(bias: pd.DataFrame, verdicts: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: how far its slope depends on the letter.

    Takes the table of `analysis.letters.position_bias`, and that of verdicts.
    """
    judged = of_claim(verdicts, LETTER)[["model", "concept", "outcome", "q", "least"]]
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Verdict": "outcome",
        "Push towards A (95\u202f%)": lambda row: within(row, MEAN),
        "Adjusted p": lambda row: probability(row["q"]),
        "Would have been seen": lambda row: number(row["least"]),
        "SD over questions (95\u202f%)": lambda row: within(row, SD),
        "Questions (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table_by_kind(bias.merge(judged, how="left", on=["model", "concept"]), columns)


def push_finding(bias: pd.DataFrame, concept: str) -> str:
    """Return in one sentence how far the slope of a concept depends on the letter.

    Takes the table of `analysis.letters.position_bias`.
    """
    row = records(bias[bias["concept"] == concept])[0]
    letter = "A" if row["mean"] > 0 else "B"
    band = interval(*sorted((row["low"], row["high"])))
    return (
        f"On {concept} the push towards {letter} is {number(abs(row['mean']))} logits per unit of λ"
        f" (towards A, 95{NARROW}% interval {band})."
    )
