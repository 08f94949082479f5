"""Sentences and the table about the share of variance that letter and word explain."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.words import (
    Column,
    counted,
    interval,
    records,
    share,
    table_by_kind,
    within,
)

SHARE = ("share", "low", "high")


def factors_sentences(shares: pd.DataFrame) -> str:
    """Return how much of the variance goes with the letter and the word of the answer.

    Takes the table of `analysis.decomposition.decomposition` for one model.
    """
    first = shares[shares["method"] == "Shapley"]
    lacking = first[first["share"].isna() & first["factor"].isin(["A/B", "Yes/No"])]
    both = first[(first["factor"] == "explained") & first["share"].notna()]
    text = "Nothing varies here that could be explained."
    if len(both):
        most = records(both.sort_values("share"))[-1]
        band = interval(most["low"], most["high"], share)
        text = (
            f"Letter and word together explain most of the variance on {most['concept']}: "
            f"{share(most['share'])} ({band})."
        )
    for factor, part in lacking.groupby("factor", sort=False):
        names = counted(sorted(part["concept"]), first["concept"].nunique(), "concept")
        text += f" There is no {factor} in the format of {names}: it has no share there, not 0."
    return text


def factor_table(shares: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: the shares by both methods.

    Takes the table of `analysis.decomposition.decomposition` for one model.
    """
    rows = shares.assign(
        column=[f"{row['factor']}, {row['method']}" for row in records(shares)],
        cell=[_part(row) for row in records(shares)],
    )
    wanted = ["A/B, sequential", "Yes/No, sequential", "A/B, Shapley", "Yes/No, Shapley"]
    last = "unexplained, Shapley"
    key = ["concept", "kind"]
    wide = rows.pivot_table(index=key, columns="column", values="cell", aggfunc="first")
    columns: dict[str, Column] = {"Concept": "concept"}
    columns |= {f"{name} (95 %)": name for name in wanted}
    columns["Unexplained (95 %)"] = last
    return table_by_kind(wide.reset_index(), columns)


def _part(row: dict[str, float]) -> str:
    return "none in this format" if pd.isna(row["share"]) else within(row, SHARE, share)
