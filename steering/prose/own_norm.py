"""Sentences, a figure and a table about vectors of other settings at their own length."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.brittleness import in_and_out, rank_agreement
from steering.analysis.curves import at_own_norm
from steering.analysis.dose import lengths
from steering.figures.brittleness import shift_panels
from steering.figures.caption import captioned
from steering.prose import scope
from steering.prose.brittleness import order_finding
from steering.prose.quartiles import quartiles
from steering.prose.words import Column, number, table, within
from steering.records.run_card import RunCard
from steering.records.tables import SHIFTS

# A vector of BASE has its own length in any case.
OTHERS = tuple(shift for shift in SHIFTS if shift[0] != "BASE")
OUT = ("out_of_distribution", "out_low", "out_high")


def lengths_sentences(vectors: pd.DataFrame) -> str:
    """Return how long the vectors of other settings are.

    Takes the table of `analysis.dose.lengths` for one model.
    """
    others = vectors.loc[vectors["vector_setting"] != "BASE", "length"]
    if others.empty:
        return "There is no vector of another setting here."
    return (
        "How long are vectors of other settings, beside that of BASE? As a multiple of its length: "
        f"{quartiles(others)}."
    )


def show_own_norm(curves: pd.DataFrame, cards: Iterable[RunCard], *, n: str) -> None:
    """Display figure 5 with vectors at their own length, or say how to get it."""
    vectors = lengths(cards)
    display(Markdown(lengths_sentences(vectors)))
    if set(vectors["vector_setting"]) <= {"BASE"}:
        return
    own = in_and_out(at_own_norm(curves), OTHERS)
    if own.empty:
        display(
            Markdown(
                "They were tried at its length only. `steering report --own-norm` tries them at "
                "their own length too, and shows it here."
            )
        )
        return
    drawn = captioned(
        shift_panels(own, rank_agreement(own)),
        "The same with vectors at their own length: mean steerability of each concept out of "
        "distribution against in distribution, for the shifts of another setting's vector. On the "
        "dashed line nothing is lost.",
        n=n,
        interval=f"whiskers across: {scope.resampling(own)}; upwards: "
        f"{scope.shift_resampling(own)}; all given the layer; ρ: 95 %, for that number of concepts",
        alt="Two scatter plots of mean slopes out of distribution against in distribution.",
        finding=order_finding(rank_agreement(own)),
        name="own-length",
    )
    display(drawn)
    display(own_norm_table(own, in_and_out(curves, OTHERS), vectors))


def own_norm_table(own: pd.DataFrame, rescaled: pd.DataFrame, vectors: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept and shift: what either length of vector does."""
    key = ["model", "concept", "vector_setting"]
    names = [*key, "prompt_setting"]
    both = own.merge(rescaled[[*names, *OUT]], on=names, suffixes=("", "_rescaled"))
    both = both.merge(vectors, on=key)
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Shift": "shift",
        "Length, beside BASE's": lambda row: number(row["length"]),
        "At the length of BASE's (95\u202f%)": lambda row: within(row, _rescaled()),
        "At its own length (95\u202f%)": lambda row: within(row, OUT),
    }
    return table(both.sort_values(["concept", "shift"], kind="stable"), columns)


def _rescaled() -> tuple[str, str, str]:
    middle, low, high = (f"{name}_rescaled" for name in OUT)
    return middle, low, high
