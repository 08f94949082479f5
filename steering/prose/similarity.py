"""Sentences about steering between prompts that are alike."""

from __future__ import annotations

import pandas as pd

from steering.prose.quartiles import quartiles
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


def cosines_finding(cosines: pd.DataFrame) -> str:
    """Return in one sentence how alike the vectors of the prompt settings are to that of BASE.

    Takes the table of `analysis.similarity.cosines`.
    """
    others = cosines[cosines["vector_setting"] != "BASE"]
    if others.empty:
        return "Vectors of other prompt settings were not made here."
    told = [
        f"{quartiles(part['cosine'])} for {kind}"
        for kind, part in others.groupby("kind", sort=False)
    ]
    text = f"The vectors of other prompt settings have a cosine with that of BASE of {listed(told)}"
    planted = cosines.drop_duplicates(["model", "concept"])["cosine_planted"].dropna()
    if planted.empty:
        return f"{text}."
    return f"{text}; that of BASE has one with the planted direction of {quartiles(planted)}."
