"""Sentences and the table about the share of variance that letter and word explain."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.quartiles import quartiles
from steering.prose.words import (
    Column,
    Row,
    counted,
    listed,
    plural,
    records,
    share,
    table_by_kind,
    within,
)
from steering.records.kinds import by_kind, kinds_of

SHARE = ("share", "low", "high")
FEW = 2  # concepts, up to which each is named, as quartiles say nothing of them


def factors_sentences(one: pd.DataFrame, both: pd.DataFrame) -> str:
    """Return how much of the variance goes with the letter and the word of the answer.

    Takes two tables of `analysis.decomposition.decomposition` for one model: of `one_order` of its
    curves, and of all of them. Concepts of ours and public ones are told apart.
    """
    told = []
    for kind, names in by_kind(kinds_of(both)).items():
        in_both, in_one = (
            _explained(table[table["concept"].isin(names)], method)
            for table, method in ((both, "Shapley"), (one, "sequential"))
        )
        if in_both:
            once = f"; in one order, as in the paper, {in_one}" if in_one else ""
            told.append(
                f"**{kind.capitalize()}:** the share of the variance that letter and word explain "
                f"together is {in_both}, with both orders measured{once}."
            )
    text = " ".join(told) or "Nothing varies here that could be explained."
    return text + _lacking(both)


def _explained(shares: pd.DataFrame, method: str) -> str:
    rows = shares[(shares["method"] == method) & (shares["factor"] == "explained")]
    rows = rows[rows["share"].notna()]
    if rows.empty:
        return ""
    if len(rows) <= FEW:
        return listed(f"{within(row, SHARE, share)} on {row['concept']}" for row in records(rows))
    return f"{quartiles(rows['share'], share)} over {plural(len(rows), 'concept')}"


def _lacking(shares: pd.DataFrame) -> str:
    first = shares[shares["method"] == "Shapley"]
    lacking = first[first["share"].isna() & first["factor"].isin(["A/B", "Yes/No"])]
    text = ""
    for factor, part in lacking.groupby("factor", sort=False):
        names = counted(sorted(part["concept"]), first["concept"].nunique(), "concept")
        text += (
            f" {factor} does not vary on {names}, so that no share of it can be computed there:"
            " it is unknown, and not 0."
        )
    return text


def factor_table(one: pd.DataFrame, both: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: the shares in one order, and in both.

    Takes the two tables of `factors_sentences`.
    """
    parts = [_cells(one, "sequential", "one order"), _cells(both, "Shapley", "both orders")]
    cells = pd.concat(parts, ignore_index=True)
    wide = cells.pivot_table(
        index=["concept", "kind"], columns="column", values="cell", aggfunc="first"
    )
    names = [
        f"{factor}, {orders}"
        for orders in ("one order", "both orders")
        for factor in ("A/B", "Yes/No", "unexplained")
    ]
    columns: dict[str, Column] = {"Concept": "concept"}
    columns |= {f"{name[0].upper()}{name[1:]} (95 %)": name for name in names}
    return table_by_kind(wide.reset_index(), columns)


def _cells(shares: pd.DataFrame, method: str, orders: str) -> pd.DataFrame:
    rows = shares[shares["method"] == method]
    return rows.assign(
        column=[f"{row['factor']}, {orders}" for row in records(rows)],
        cell=[_part(row) for row in records(rows)],
    )


def _part(row: Row) -> str:
    return "does not vary" if pd.isna(row["share"]) else within(row, SHARE, share)
