"""Sentences about how large a dose of a vector is."""

from __future__ import annotations

import pandas as pd

from steering.prose.linearity import SIZE
from steering.prose.words import (
    number,
    span,
)


def dose_sentences(doses: pd.DataFrame) -> str:
    """Return how large the dose is at λ = 1 and at the largest λ.

    Takes the table of `analysis.dose.doses` for one model.
    """
    largest = doses["multiplier"].abs().max()
    one = doses.loc[doses["multiplier"] == 1, "dose"]
    most = doses.loc[doses["multiplier"].abs() == largest, "dose"]
    at_one = f"At λ = 1 the vector is {span(one)} times as long as " if len(one) else ""
    start = f"{at_one}what it is added to" if at_one else "The dose is ‖λv‖ over ‖h‖"
    return (
        f"{start}; at the largest {SIZE}, {number(largest, 1)}, it is {span(most)} times as long."
    )
