"""Sentences and a table about sampled replies: does their score rise with λ?"""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, TOO_LITTLE, WRONG_WAY, of_claim
from steering.prose.quartiles import quartiles
from steering.prose.said import IN_A_WORD
from steering.prose.words import Column, interval, probability, share, table_by_kind, within
from steering.records.kinds import KINDS


def reply_sentences(verdicts: pd.DataFrame, slopes: pd.DataFrame) -> str:
    """Return whether what a steered model writes suits the persona more, as sentences.

    Takes the verdicts of one model and the table of `analysis.replies.score_slopes` with `kind`.
    """
    rows = of_claim(verdicts, outcomes.REPLIES)
    told = []
    for kind in KINDS:
        part, own = rows[rows["kind"] == kind], slopes[slopes["kind"] == kind]
        if part.empty:
            continue
        counts = {name: int((part["outcome"] == name).sum()) for name in part["outcome"].unique()}
        texts = [f"the score rises with λ on {counts.get(MOVES, 0)} of {len(part)} concepts"]
        phrases = {
            WRONG_WAY: "it falls on",
            CHANCE: "it cannot be told apart from chance on",
            TOO_LITTLE: "there is too little data on",
        }
        texts += [f"{text} {counts[name]}" for name, text in phrases.items() if name in counts]
        told.append(
            f"**{kind.capitalize()}:** {'; '.join(texts)}. Slopes, {quartiles(own['slope'])} "
            "nats a token per unit of λ."
        )
    return " ".join(told)


def fooled_sentence(slopes: pd.DataFrame) -> str:
    """Return of how many replies the score says little, since they are empty or go in circles."""
    if slopes.empty:
        return "No replies were sampled."
    empty, loops = slopes["empty"].mean(), slopes["loops"].mean()
    return (
        f"Of all sampled replies under the own vectors {share(empty)} are empty, which have no "
        f"score, and {share(loops)} repeat at least half of their pairs of neighbouring tokens. "
        "Those are scored like any other: a loop on a word that fits the persona scores high."
    )


def reply_table(verdicts: pd.DataFrame, slopes: pd.DataFrame) -> Markdown:
    """Return a row for each concept: how the score of its sampled replies goes with λ.

    Takes what `reply_sentences` takes.
    """
    judged = of_claim(verdicts, outcomes.REPLIES)[["model", "concept", "outcome", "q"]]
    rows = slopes.merge(judged, on=["model", "concept"])
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Verdict": lambda row: IN_A_WORD[row["outcome"]],
        "Slope, nats a token (95\u202f%)": lambda row: within(row, ("slope", "low", "high")),
        "95\u202f% of random vectors": lambda row: interval(-row["chance"], row["chance"]),
        "Adjusted p": lambda row: probability(row["q"]),
        "Replies (questions)": lambda row: f"{row['replies']} ({row['questions']})",
        "Empty": lambda row: share(row["empty"]),
        "In circles": lambda row: share(row["loops"]),
    }
    return table_by_kind(rows.sort_values("slope", ascending=False), columns)
