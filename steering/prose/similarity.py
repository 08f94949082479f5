"""Sentences about steering between prompts that are alike."""

from __future__ import annotations

import pandas as pd

from steering.prose.words import NARROW, interval, listed, number, records


def similarity_sentences(agreement: pd.DataFrame) -> str:
    """Return whether vectors carry over better between prompts that are alike.

    Takes the table of `analysis.similarity.similarity_agreement`.
    """
    correlations = agreement[agreement["rho"].notna()]
    if correlations.empty:
        return (
            "This relation cannot be judged here: fewer than four concepts of a kind are above the "
            "threshold, or the model's own answers do not differ between the prompts."
        )
    texts = [
        f"{number(row['rho'])} for {row['kind']} (95{NARROW}% interval "
        f"{interval(row['low'], row['high'])}, for {int(row['concepts'])} concepts)"
        for row in records(correlations)
    ]
    return (
        "Rank correlation of relative steerability with the change of the unsteered propensity "
        f"(Spearman's ρ): {listed(texts)}."
    )
