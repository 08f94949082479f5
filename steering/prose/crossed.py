"""Sentences and a table about vectors of one form of the questions on answers in the other."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.crossed import HOME, over_concepts
from steering.analysis.verdict.crossed import of_both_vectors
from steering.analysis.verdict.outcomes import MOVES, NO_ANSWER, TOO_LITTLE
from steering.prose.quartiles import quartiles
from steering.prose.said import CHOSEN, IN_A_WORD, IN_FORM, READ_AT
from steering.prose.words import Column, Row, plural, records, table_by_kind, within
from steering.records.kinds import KINDS
from steering.records.tables import SAID

FEWEST_RANKED = 4  # concepts, of which ranks say anything


def crossed_sentences(verdicts: pd.DataFrame, agreements: pd.DataFrame) -> str:
    """Return whether a vector read in one form moves the answers in the other, as sentences.

    Takes the verdicts of one model in both forms, and the table of `analysis.crossed.agreement`.
    """
    both = of_both_vectors(verdicts)
    told = []
    for kind in KINDS:
        lines = []
        for vector, form in ((CHOSEN, SAID), (SAID, CHOSEN)):
            cell = both[
                (both["kind"] == kind) & (both["vector"] == vector) & (both["form"] == form)
            ]
            judged = cell[~cell["outcome"].isin([NO_ANSWER, TOO_LITTLE])]
            if judged.empty:
                continue
            moves = int((judged["outcome"] == MOVES).sum())
            what = "what is said" if form == SAID else "the lettered answer"
            lines.append(
                f"a vector read {READ_AT[vector]} moves {what} on **{moves} of {len(judged)}** "
                "concepts that are answered there"
            )
        if lines:
            told.append(f"**{kind.capitalize()}:** {'; '.join(lines)}.")
    home = agreements[agreements["prompt_setting"] == HOME]
    for row in records(over_concepts(home)):
        if row["n"] >= FEWEST_RANKED:
            told.append(
                f"Concepts rank by the two vectors' mean slopes {IN_FORM[row['form']]} with a rank "
                f"correlation of {within(row, ('rho', 'low', 'high'))}, over {row['n']} concepts."
            )
    away = agreements[agreements["prompt_setting"] != HOME]
    for form, how in IN_FORM.items():
        inside = home.loc[home["form"] == form, "rho"].dropna()
        outside = away.loc[away["form"] == form, "rho"].dropna()
        if inside.empty:
            continue
        text = (
            f"Whether the two vectors move the same questions the same way {how} is told "
            f"by the rank correlation of their slopes over a concept's questions: "
            f"{quartiles(inside)} in distribution"
        )
        if len(outside):
            text += f", and {quartiles(outside)} out of it"
        told.append(f"{text}.")
    return "\n\n".join(told)


def crossed_table(verdicts: pd.DataFrame, agreements: pd.DataFrame) -> Markdown:
    """Return a row for each concept and form of the questions: what both vectors do there.

    Takes what `crossed_sentences` takes.
    """
    both = of_both_vectors(verdicts)
    words = {
        (row["concept"], row["form"], row["vector"]): IN_A_WORD[row["outcome"]]
        for row in records(both)
    }
    other = {CHOSEN: SAID, SAID: CHOSEN}
    home = agreements[agreements["prompt_setting"] == HOME]

    def of_vector(row: Row, name: str) -> str:
        vector = row["form"] if name == "own" else other[row["form"]]
        word = words.get((row["concept"], row["form"], vector), "–")
        return f"{within(row, (name, f'{name}_low', f'{name}_high'))}, {word}"

    columns: dict[str, Column] = {
        "Concept": "concept",
        "Asked": lambda row: IN_FORM[row["form"]],
        "Vector of this form (95\u202f%)": lambda row: of_vector(row, "own"),
        "Vector of the other form (95\u202f%)": lambda row: of_vector(row, "crossed"),
        "Rank correlation over questions (95\u202f%)": lambda row: within(
            row, ("rho", "rho_low", "rho_high")
        ),
        "Questions (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table_by_kind(home.sort_values(["concept", "form"]), columns)


def ranks_finding(agreements: pd.DataFrame) -> str:
    """Return in one sentence on how many concepts the two vectors rank the questions alike.

    Takes the table of `analysis.crossed.agreement`. They do where the interval of the rank
    correlation lies above zero; counted are the prompts of BASE.
    """
    home = agreements[(agreements["prompt_setting"] == HOME) & agreements["rho"].notna()]
    told = [
        f"{how} on {int((part['rho_low'] > 0).sum())} of {plural(len(part), 'concept')}, where it "
        f"is {quartiles(part['rho'])}"
        for form, how in IN_FORM.items()
        if len(part := home[home["form"] == form])
    ]
    if not told:
        return "There are too few questions to rank them under both vectors."
    return (
        "The two vectors rank the questions of a concept alike, with an interval of the rank "
        f"correlation above zero, {'; '.join(told)}."
    )
