"""Sentences about how large a dose of a vector is."""

from __future__ import annotations

import pandas as pd

from steering.prose.linearity import SIZE
from steering.prose.quartiles import quartiles
from steering.prose.words import number


def dose_sentences(doses: pd.DataFrame) -> str:
    """Return how large the dose is at λ = 1 and at the largest λ.

    Takes the table of `analysis.dose.doses` for one model.
    """
    largest = doses["multiplier"].abs().max()
    one = doses.loc[doses["multiplier"] == 1, "dose"]
    most = doses.loc[doses["multiplier"].abs() == largest, "dose"]
    at_one = f"At λ = 1: {quartiles(one)}. " if len(one) else ""
    return (
        "How long is the vector, as a multiple of what it is added to (‖λv‖ over ‖h‖)? "
        f"{at_one}At the largest {SIZE}, {number(largest, 1)}: {quartiles(most)}."
    )
