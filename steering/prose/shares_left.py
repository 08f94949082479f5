"""What shifts leave of the slope, here and published, in a table."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.similarity import THRESHOLD
from steering.analysis.verdict.outcomes import SHIFT, of_claim
from steering.prose.quartiles import quartiles
from steering.prose.words import Column, escaped, listed, number, share, table
from steering.records.kinds import KINDS


def beside_published(verdicts: pd.DataFrame, published: pd.DataFrame) -> Markdown:
    """Return what is left under each shift, here and published: medians and quartiles, in a table.

    A row for each shift; a column for each kind of concepts, and one for each model of the paper.
    `published` is the table of `analysis.published.shares_left`.
    """
    shifts = of_claim(verdicts, SHIFT)
    if shifts.empty:
        return Markdown("No shift of the prompt was measured here.")
    present = [kind for kind in KINDS if (shifts["kind"] == kind).any()]
    ours = {kind: shifts[shifts["kind"] == kind] for kind in present}
    theirs = {str(model): part for model, part in published.groupby("model", sort=False)}
    rows = [
        {"shift": shift}
        | {
            kind: _quartiles(part.loc[part["subject"] == shift, "estimate"])
            for kind, part in ours.items()
        }
        | {
            model: _quartiles(part.loc[part["shift"] == shift, "share"])
            for model, part in theirs.items()
        }
        for shift in dict.fromkeys(shifts["subject"])
    ]
    columns: dict[str, Column] = {"Shift": "shift"}
    columns |= {f"{kind.capitalize()}, here": kind for kind in present}
    columns |= {f"{escaped(model)}, published": model for model in theirs}
    text = (
        "The two models of the paper, from its figures: medians and quartiles over the data sets "
        f"whose mean slope in distribution is above {number(THRESHOLD)}, the paper's own bound, "
        "below which it forms no ratio. Published values have no intervals, so there are no "
        "verdicts about them."
    )
    return Markdown(f"{text}\n\n{table(pd.DataFrame(rows), columns).data}")


def _quartiles(shares: pd.Series) -> str:
    known = shares.dropna()
    return f"{quartiles(known, share)}; n = {len(known)}" if len(known) else "–"


def smaller_finding(shifted: pd.DataFrame) -> str:
    """Return in one sentence how often the mean slope is smaller out of distribution.

    Takes the table of `analysis.published.in_and_out`; such points lie below its dashed line.
    """
    told = []
    for model, part in shifted.groupby("model", sort=False):
        smaller = int((part["out_of_distribution"] < part["in_distribution"]).sum())
        told.append(f"{smaller} of {len(part)} in {model}")
    return (
        "Of the pairs of a data set and a shift, the mean slope is smaller out of distribution "
        f"than in it in {listed(told)}."
    )
