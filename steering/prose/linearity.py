"""Sentences and the table about how straight the propensity curves are."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.quartiles import quartiles
from steering.prose.words import (
    Column,
    interval,
    listed,
    number,
    plural,
    share,
    table_by_kind,
    within,
)

SIZE = "|\u2060λ\u2060|"  # with joiners: no line breaks inside it


MONOTONE = ("monotone", "monotone_low", "monotone_high")


SIGN = ("sign_depends", "sign_depends_low", "sign_depends_high")


CURVATURE = ("curvature", "curvature_low", "curvature_high")


def range_sentences(ranges: pd.DataFrame) -> str:
    """Return whether the range of λ that is fitted matters, a line for each kind of concepts.

    Takes the table of `analysis.linearity.by_range` for one model.
    """
    least, most = (f"{end:g}" for end in (ranges["reach"].min(), ranges["reach"].max()))
    lines = [
        f"- {str(kind).capitalize()}: {_of_kind(part)}"
        for kind, part in ranges.groupby("kind", sort=False)
    ]
    head = (
        "Does the range of λ matter? This is how much mean slopes change when they are fitted to "
        f"{SIZE} ≤ {least} instead of {most}:"
    )
    return "\n".join([head, "", *lines])


def _of_kind(ranges: pd.DataFrame) -> str:
    narrow = ranges[ranges["reach"] == ranges["reach"].min()]
    wide = ranges[ranges["reach"] == ranges["reach"].max()]
    both = narrow.merge(wide, on="concept", suffixes=("_narrow", "_wide"))
    text = f"{quartiles(both['mean_narrow'] - both['mean_wide'])}."
    rho = narrow.iloc[0]
    if pd.isna(rho["rho"]):
        return f"{text} With fewer than four concepts, their order says nothing."
    band = interval(rho["rho_low"], rho["rho_high"])
    return f"{text} The concepts' order agrees at ρ = {number(rho['rho'])} ({band})."


def shape_table(shaped: pd.DataFrame, doses: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: how straight its curves are.

    Takes the tables of `analysis.linearity.by_concept` and `analysis.dose.doses`.
    """
    one = doses.loc[doses["multiplier"] == doses["multiplier"].max(), ["model", "concept", "dose"]]
    rows = shaped.merge(one, on=["model", "concept"], how="left")
    largest = number(doses["multiplier"].max(), 1)
    columns: dict[str, Column] = {
        "Concept": "concept",
        f"‖λv‖/‖h‖ at λ = {largest}": lambda row: number(row["dose"]),
        "Monotone over all λ (95 %)": lambda row: within(row, MONOTONE, share),
        "Sign depends on the range (95 %)": lambda row: within(row, SIGN, share),
        "Mean curvature (95 %)": lambda row: within(row, CURVATURE),
        "Median R²": lambda row: number(row["r_squared"], 3),
    }
    return table_by_kind(rows, columns)


def range_finding(ranges: pd.DataFrame) -> str:
    """Return in one sentence how much the range of λ matters. Takes the table of `by_range`."""
    least, most = (f"{end:g}" for end in (ranges["reach"].min(), ranges["reach"].max()))
    told = []
    for kind, part in ranges.groupby("kind", sort=False):
        narrow, wide = (
            part[part["reach"] == end].set_index("concept")["mean"]
            for end in (ranges["reach"].min(), ranges["reach"].max())
        )
        told.append(f"{quartiles(narrow - wide)} for {kind}")
    return (
        f"Fitted to |λ| ≤ {least} instead of {most}, mean slopes change by {listed(told)}, in "
        "logits per unit of λ."
    )


def curvature_finding(shaped: pd.DataFrame) -> str:
    """Return in one sentence how curved curves are. Takes the table of `by_concept`."""
    told = [
        f"{quartiles(part['curvature'])} for {kind}"
        for kind, part in shaped.groupby("kind", sort=False)
    ]
    return f"A concept's mean curvature is {listed(told)}, in logits per unit of λ²."


def layers_finding(slopes: pd.DataFrame) -> str:
    """Return in one sentence at which layers the vectors act, and how sure the choice of them is.

    Takes the table of `analysis.layers.layer_slopes` for one model. A layer is not told apart from
    the one that was taken where the interval of the one holds the mean slope of the other.
    """
    taken = slopes[slopes["chosen"]].set_index("concept")
    if taken.empty:
        return "No layer that was chosen was measured here."
    counts = taken["layer"].value_counts().sort_index()
    at = listed(
        f"layer {layer} for {plural(int(count), 'concept')}" for layer, count in counts.items()
    )
    text = f"Of {plural(slopes['layer'].nunique(), 'layer')}, the vector acts at {at}"
    others = slopes[~slopes["chosen"] & slopes["low"].notna()]
    if others.empty:
        return f"{text}."
    best = others["concept"].astype("str").map(taken["mean"])
    near = set(others.loc[(others["low"] <= best) & (best <= others["high"]), "concept"])
    return (
        f"{text}; on {len(near)} of {len(taken)} the mean slope there lies within the interval of "
        "another layer's, which is then not told apart from it."
    )
