"""Sentences about how often simulated intervals hold the truth."""

from __future__ import annotations

import pandas as pd

from steering.prose.words import (
    NARROW,
    plural,
)


def coverage_sentences(coverage: pd.DataFrame) -> str:
    """Return how often simulated intervals hold the truth.

    Takes the table of measured/coverage.csv.
    """
    draws, curves = int(coverage["draws"].min()), int(coverage["curves"].iloc[0])
    start = f"In each setting there were {draws} draws of {curves} curves."
    alone = _covered(coverage[coverage["training"] == 0])
    both = _covered(coverage[coverage["training"] > 0])
    return "\n".join(
        [
            f"{start} Along the true vector:",
            "",
            *alone,
            "",
            "Along vectors made from training pairs that differ, where the truth is still that of"
            " the true vector:",
            "",
            *both,
        ]
    )


def _covered(simulated: pd.DataFrame) -> list[str]:
    shares = simulated["quantity"] == "share"
    inner = simulated["truth"].between(0.05, 0.95)
    lines = []
    for name, part, column in (
        ("Mean slopes", simulated[~shares], "coverage"),
        ("Shares between 5 and 95 %", simulated[shares & inner], "coverage"),
        ("Shares nearer to 0 or 1", simulated[shares & ~inner], "coverage"),
        ("Standard deviations of slopes", simulated[~shares], "sd_coverage"),
    ):
        near = int(((part[column] - 0.95).abs().round(6) <= 0.02).sum())
        text = (
            f"- {name}: the truth is inside for {_median(part[column])} of the draws, and"
            f" within two points of 95{NARROW}% in {near} of {plural(len(part), 'setting')}"
        )
        if column == "coverage" and part["items_alone"].notna().any():
            text += f"; of intervals over test items alone for {_median(part['items_alone'])}"
        lines.append(text)
    return lines


def _median(values: pd.Series[float]) -> str:
    """Return the median over settings, and the lowest, which is the worst that is known."""
    middle, low = (f"{100 * value:.1f}" for value in (values.median(), values.min()))
    return f"{middle}{NARROW}% (median of the settings; lowest {low}{NARROW}%)"


def coverage_finding(coverage: pd.DataFrame) -> str:
    """Return in one sentence how often intervals of mean slopes hold the truth.

    Takes rows of measured/coverage.csv.
    """
    means = coverage[coverage["quantity"] == "mean"]
    text = f"The truth is inside {_median(means['coverage'])} of the intervals of mean slopes"
    if means["items_alone"].notna().any():
        text += f", and inside {_median(means['items_alone'])} of those over test items alone"
    return f"{text}."
