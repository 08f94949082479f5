"""Sentences and a table about how much of the slope is left under other prompts."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.words import (
    NARROW,
    Column,
    interval,
    number,
    records,
    share,
    table_by_kind,
    within,
)


def brittle_sentences(shifted: pd.DataFrame, concepts: pd.DataFrame) -> str:
    """Return how the slope changes out of distribution, as sentences.

    `shifted` is the table of `in_and_out`; `concepts` that of `by_concept`, which says where the
    vector steers beyond chance: elsewhere there is nothing that could be left.
    """
    if shifted.empty:
        return "No shift of the prompt was measured here."
    lower, higher = shifted["difference_high"] < 0, shifted["difference_low"] > 0
    pairs = "pairs of a concept and a shift" if shifted["concept"].nunique() > 1 else "shifts"
    text = (
        f"Out of distribution the mean slope is lower in {lower.sum()} of {len(shifted)} {pairs} "
        f"and higher in {higher.sum()} (counted where the 95{NARROW}% interval of the paired "
        "difference leaves out zero)."
    )
    beyond = concepts["beyond_chance"].fillna(False).astype(bool) & (concepts["mean"] > 0)
    key = ["model", "concept"]
    steered = shifted.merge(concepts.loc[beyond, key], on=key)
    if steered.empty:
        return f"{text} In distribution no vector steers beyond chance here."
    ratio = steered["out_of_distribution"] / steered["in_distribution"]
    row = records(steered.assign(ratio=ratio).sort_values("ratio"))[0]
    least = f"{row['concept']} under {row['shift']}" if "pairs" in pairs else row["shift"]
    before, after = number(row["in_distribution"]), number(row["out_of_distribution"])
    return (
        f"{text} Where the vector steers beyond chance in distribution, {share(ratio.min())} to "
        f"{share(ratio.max())} of its mean slope is left out of distribution; least for {least} "
        f"({before} before, {after} after)."
    )


def agreement_sentences(agreement: pd.DataFrame) -> str:
    """Return whether concepts keep their order out of distribution.

    Takes the table of `rank_agreement`.
    """
    correlations = agreement[agreement["rho"].notna()]
    if correlations.empty:
        return "With fewer than four concepts, their order in and out of distribution says nothing."
    texts = [
        f"{row['shift']} {number(row['rho'])} ({interval(row['low'], row['high'])})"
        for row in records(correlations)
    ]
    return (
        "Rank correlation over concepts, in against out of distribution (Spearman's ρ, "
        f"95{NARROW}% interval, {int(correlations['concepts'].iloc[0])} concepts): "
        f"{'; '.join(texts)}."
    )


def shift_table(shifted: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: its slope in BASE→BASE, and how shifts differ."""
    difference = ("difference", "difference_low", "difference_high")
    cells = shifted.assign(
        inside=[within(row, ("in_distribution", "in_low", "in_high")) for row in records(shifted)],
        cell=[within(row, difference) for row in records(shifted)],
    )
    key = ["concept", "kind"]
    wide = cells.pivot_table(index=key, columns="shift", values="cell", aggfunc="first")
    wide = wide.fillna("–").assign(inside=cells.groupby(key)["inside"].first())
    columns: dict[str, Column] = {"Concept": "concept", "BASE→BASE (95\u202f%)": "inside"}
    # A header may break at its arrow.
    shifts = dict.fromkeys(shifted["shift"])
    columns |= {f"{shift.replace('→', '→ ')}, difference (95\u202f%)": shift for shift in shifts}
    return table_by_kind(wide.reset_index(), columns)


def variance_sentences(agreement: pd.DataFrame) -> str:
    """Return whether concepts that vary much also do so out of distribution.

    Takes the table of `rank_agreement` of variances.
    """
    correlations = records(agreement[agreement["rho"].notna()])
    if not correlations:
        return "With fewer than four concepts, the order of their variances says nothing."
    texts = [
        f"{row['shift']} {number(row['rho'])} ({interval(row['low'], row['high'])})"
        for row in correlations
    ]
    return (
        "Rank correlation over concepts of the variance between items, in against out of "
        f"distribution (Spearman's ρ, 95{NARROW}% interval): {'; '.join(texts)}."
    )
