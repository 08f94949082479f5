"""Sentences and a table about how well planted slopes are recovered."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
from IPython.display import Markdown

from steering.prose.words import (
    UNIT,
    Column,
    Row,
    interval,
    number,
    records,
    share,
    table_by_kind,
    three,
    within,
)


def recovery_sentences(pooled: pd.DataFrame) -> str:
    """Return how well the planted slopes were recovered.

    `pooled` is the table of `analysis.validation.recovery(pooled=True)`.
    """
    words = {
        "planted": "Along the planted direction (what the model learned)",
        "contrastive": "Along the contrastive vector (what the pipeline finds of it)",
    }
    lines = []
    for row in records(pooled):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        signs = interval(row["sign_low"], row["sign_high"], share)
        lines.append(
            f"- {words[row['direction']]}, measured slopes correlate with planted ones at "
            f"**{three(row['correlation'])}** ({r}) over {row['n']} curves of {row['groups']} "
            f"groups. The root mean square error is {number(row['rmse'])} {UNIT}. The sign is "
            f"right on {share(row['sign_agreement'])} ({signs}) of the {row['clear']} curves whose "
            "planted slope is clearly not zero."
        )
    return "\n".join(lines) or "Nothing is planted for these concepts."


def planted_as(cards: Iterable[Row]) -> dict[str, str]:
    """Return what each concept was planted as, in words: "anti-steerable subpopulation"."""
    designs = {card["concept"]["name"]: card["concept"]["design"] for card in cards}
    words = {name: design.replace("_", " ") for name, design in designs.items() if design}
    return {name: re.sub(r"^(anti|near) ", r"\1-", design) for name, design in words.items()}


def recovery_table(recovered: pd.DataFrame, cards: Iterable[Row]) -> Markdown:
    """Return a table with a row for each concept: planted and recovered means."""
    cosines = {card["concept"]["name"]: card["cosine_planted"] for card in cards}
    designs = planted_as(cards)
    key = ["model", "concept"]
    contrastive = recovered[recovered["direction"] == "contrastive"]
    truth = recovered[recovered["direction"] == "planted"]
    both = contrastive.merge(
        truth[[*key, "recovered"]], on=key, how="left", suffixes=("", "_truth")
    )
    slope = ("recovered", "recovered_low", "recovered_high")
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Planted as": lambda row: designs.get(row["concept"], "–"),
        "Planted mean": lambda row: number(row["planted"]),
        "Along the planted direction": lambda row: number(row["recovered_truth"]),
        "Along the contrastive vector (95\u202f%)": lambda row: within(row, slope),
        "Correlation": lambda row: three(row["correlation"]),
        "Planted, recovered anti-steerable": lambda row: (
            f"{share(row['anti_steerable_planted'])}, {share(row['anti_steerable_recovered'])}"
        ),
        "Cosine of the two": lambda row: number(cosines[row["concept"]]),
    }
    return table_by_kind(both, columns)
