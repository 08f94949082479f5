"""Verdicts in words: how many concepts have which outcome, those of each kind by themselves."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from steering.analysis.verdict.outcomes import (
    CHANCE,
    LETTER,
    MOVES,
    NO_ANSWER,
    NOT_STEERED,
    NOT_TESTED,
    OPERATING,
    OTHER_FIRST,
    OUTCOMES,
    OWN_FIRST,
    PAIRS_UNKNOWN,
    SPECIFIC,
    STEERING,
    TOO_LITTLE,
    TOWARDS_A,
    TOWARDS_B,
    WRONG_WAY,
    is_moved,
    of_claim,
)
from steering.prose.words import MOST, Row, listed, probability
from steering.records.kinds import KINDS, SHORT

# What a sentence says of so many concepts, before it says of how many.
PHRASES: Mapping[str, Mapping[str, str]] = {
    STEERING: {
        MOVES: "the vector moves the answer on",
        WRONG_WAY: "it moves the answer the wrong way on",
        CHANCE: "its effect cannot be told apart from chance on",
        NO_ANSWER: "the model does not answer the questions of",
        TOO_LITTLE: "there is too little data for a verdict on",
    },
    OPERATING: {
        MOVES: "at that cost the vector moves the answer on",
        WRONG_WAY: "it moves the answer the wrong way on",
        CHANCE: "its effect cannot be told apart from chance on",
        NO_ANSWER: "the model does not answer the questions of",
        TOO_LITTLE: "there is too little data for a verdict on",
    },
    LETTER: {
        TOWARDS_A: "the vector pushes towards A, whatever A says, on",
        TOWARDS_B: "the vector pushes towards B, whatever B says, on",
        CHANCE: "a push towards a letter cannot be told apart from that of other vectors on",
        TOO_LITTLE: "there is too little data for a verdict on",
    },
    SPECIFIC: {
        OWN_FIRST: "the vector does more than those of other concepts on",
        OTHER_FIRST: "another concept's vector does more than the own one on",
        CHANCE: "the vector cannot be told apart from those of other concepts on",
        NOT_STEERED: "it is not judged, since the vector does not move the answer, on",
        NOT_TESTED: "it was not tested on",
    },
}


def outcome_sentences(verdicts: pd.DataFrame, claim: str) -> str:
    """Return how many concepts have which outcome of a claim, in a sentence for each kind.

    Takes the table of verdicts. Concepts of different kinds are never counted together: in those of
    ours the effect is built in.
    """
    rows = of_claim(verdicts, claim)
    parts = [part for kind in KINDS if len(part := rows[rows["kind"] == kind])]
    return " ".join(_of_kind(part, PHRASES[claim]) for part in parts)


def _of_kind(rows: pd.DataFrame, phrases: Mapping[str, str]) -> str:
    kind, total = str(rows["kind"].iloc[0]), len(rows)
    told = []
    for outcome, phrase in phrases.items():
        names = sorted(rows.loc[rows["outcome"] == outcome, "concept"])
        if names:
            few = len(names) < total and len(names) <= MOST
            told.append(f"{phrase} {len(names)} of {total}{f' ({listed(names)})' if few else ''}")
    return f"**{kind.capitalize()}:** {'; '.join(told)}."


def present(verdicts: pd.DataFrame, claim: str) -> list[str]:
    """Return the outcomes of a claim that occur, in the order of `OUTCOMES`."""
    found = set(of_claim(verdicts, claim)["outcome"])
    return [outcome for outcome in OUTCOMES[claim] if outcome in found]


def count_of(verdicts: pd.DataFrame, claim: str, *outcomes: str) -> str:
    """Return how many verdicts on a claim have one of some outcomes; a dash where there is none."""
    rows = of_claim(verdicts, claim)
    return f"{int(rows['outcome'].isin(outcomes).sum())} of {len(rows)}" if len(rows) else "–"


def p_adjusted(row: Row) -> str:
    """Return the p of a verdict, one of a family of concepts, and what it was adjusted over.

    For example: "p = 0.012; adjusted over the 26 concepts that are tested together, q = 0.023".
    """
    p = equals("p", row["p"])
    if row["family"] <= 1:
        return f"{p}; it is tested alone, as a family of one, so that nothing is adjusted"
    return f"{p}; adjusted over the {row['family']} concepts that are tested together, " + equals(
        "q", row["q"]
    )


def held_to(row: Row) -> str:
    """Return what a verdict on one vector was held to, as the end of a sentence."""
    alone = row["reason"] == PAIRS_UNKNOWN
    return "random vectors" if alone else "random vectors and vectors of shuffled labels"


def rests_on(row: Row) -> str:
    """Return a further sentence where a verdict rests on fewer controls; else nothing."""
    if row["reason"] != PAIRS_UNKNOWN:
        return ""
    return (
        " The vector was given, and its training pairs are unknown: the verdict rests on random "
        "vectors alone, and the interval, over groups of test items alone, is about this very "
        "vector."
    )


def equals(name: str, p: float) -> str:
    """Return a p value with its name: "p = 0.012", or "p < 0.001"."""
    value = probability(p)
    return f"{name} {value}" if value.startswith("<") else f"{name} = {value}"


def moved_in(concepts: pd.DataFrame) -> str:
    """Return on how many concepts the vectors move the answer, for each model and kind of concept.

    Takes a row for each model and concept with its `kind` and the `outcome` on steering.
    """
    by_kind = concepts["kind"].nunique() > 1
    told = []
    for model, rows in concepts.groupby("model", sort=False):
        counts = listed(
            f"{int(is_moved(part['outcome']).sum())} of {len(part)}"
            f"{f' ({SHORT.get(str(kind), kind)})' if by_kind else ''}"
            for kind, part in rows.groupby("kind", sort=False)
        )
        unanswered = int((rows["outcome"] == NO_ANSWER).sum())
        but = f", which does not answer the questions of {unanswered}" if unanswered else ""
        told.append(f"{counts} concepts in {model}{but}")
    if not told:
        return ""
    silent = (concepts["outcome"] == NO_ANSWER).any()
    joined = "; ".join(told) if by_kind or silent else listed(told)
    return f"The vector moves the answer on {joined}."
