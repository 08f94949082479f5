"""Sentences and a table about a persona in the prompt, held against the vector."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.controls import VECTOR
from steering.analysis.verdict.outcomes import (
    ALIKE,
    PROMPT_FIRST,
    PROMPTING,
    STEERING,
    TOO_LITTLE,
    VECTOR_FIRST,
    is_moved,
    of_claim,
)
from steering.prose.quartiles import quartiles
from steering.prose.words import Column, Row, number, plural, probability, table, within
from steering.records.kinds import KINDS

MEAN = ("mean", "low", "high")
AHEAD = ("ahead", "ahead_low", "ahead_high")
PHRASES = {
    PROMPT_FIRST: "a persona in the prompt does more than the vector in",
    VECTOR_FIRST: "the vector does more in",
    ALIKE: "neither clearly does more in",
    TOO_LITTLE: "there is too little data in",
}


def prompting_sentences(verdicts: pd.DataFrame, personas: pd.DataFrame) -> str:
    """Return whether a persona in the prompt moves the answer further than the vector.

    Takes the table of verdicts and that of `analysis.controls.prompting`. Concepts of different
    kinds are never counted together.
    """
    if personas[personas["means"] != VECTOR].empty:
        return "No prompt setting but BASE was measured, so there is no persona to compare with."
    judged = of_claim(verdicts, PROMPTING)
    judged = judged[judged["estimate"].notna()]
    if judged.empty:
        return "The vector was not measured at λ = 1 and −1, so it cannot be held against a prompt."
    equal = _needed(verdicts, personas)
    told = []
    for kind in KINDS:
        part = judged[judged["kind"] == kind]
        if len(part):
            text = f"{_counts(part)}.{_equal(equal, kind)}"
            one = personas["concept"].nunique() == 1
            told.append(text[0].upper() + text[1:] if one else f"**{kind.capitalize()}:** {text}")
    return (
        f"{' '.join(told)} A case is one persona, in the system prompt or in the user's turn, held "
        "against the vector at λ = 1, or at −1 where the persona is the negative one."
    )


def _counts(judged: pd.DataFrame) -> str:
    total = plural(len(judged), "case")
    counts = {outcome: int((judged["outcome"] == outcome).sum()) for outcome in PHRASES}
    first, *rest = [
        f"{phrase} {counts[outcome]} of {{}}"
        for outcome, phrase in PHRASES.items()
        if counts[outcome]
    ]
    return "; ".join([first.format(total), *(text.format(len(judged)) for text in rest)])


def _needed(verdicts: pd.DataFrame, personas: pd.DataFrame) -> pd.DataFrame:
    """Return the λ towards each persona's side at which the vector would do as much.

    Only where the vector moves the answer: any λ, however large, would do for one that does not.
    """
    moved = of_claim(verdicts, STEERING)
    moved = moved.loc[is_moved(moved["outcome"]), ["model", "concept"]].drop_duplicates()
    rows = personas[personas["means"] != VECTOR].merge(moved, on=["model", "concept"])
    return rows.assign(needed=rows["equal_multiplier"] * rows["towards"])


def _equal(equal: pd.DataFrame, kind: str) -> str:
    needed = equal.loc[equal["kind"] == kind, "needed"].dropna()
    if needed.empty:
        return ""
    return (
        " If its slope held that far, the vector would do as much as the persona at this λ: "
        f"{quartiles(needed)}."
    )


def prompting_table(personas: pd.DataFrame, verdicts: pd.DataFrame) -> Markdown:
    """Return a table with a row for each persona setting and for the vector, of one concept.

    Takes the rows of `analysis.controls.prompting` and the verdicts on the concept.
    """
    judged = of_claim(verdicts, PROMPTING)[["model", "concept", "subject", "outcome", "q"]]
    rows = personas.merge(
        judged.rename(columns={"subject": "means"}), how="left", on=["model", "concept", "means"]
    )
    keys = ["model", "concept", "means"]
    rows = rows.merge(_needed(verdicts, personas)[[*keys, "needed"]], how="left", on=keys)
    columns: dict[str, Column] = {
        "Moved by": _means,
        "Verdict": lambda row: "–" if row["means"] == VECTOR else str(row["outcome"]),
        "Change of the propensity (95\u202f%)": lambda row: within(row, MEAN),
        "Further than the vector (95\u202f%)": lambda row: (
            "–" if row["means"] == VECTOR else within(row, AHEAD)
        ),
        "Adjusted p": lambda row: probability(row["q"]),
        "λ at which the vector would do as much": lambda row: number(row["needed"]),
    }
    return table(rows.sort_values("towards", ascending=False, kind="stable"), columns)


def _means(row: Row) -> str:
    sign = "" if row["towards"] > 0 else "−"
    return f"the vector, λ = {sign}1" if row["means"] == VECTOR else f"{row['means']}, no vector"
