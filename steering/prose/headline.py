"""The headline of the first page: what models have in common, and which do not answer at all."""

from __future__ import annotations

import pandas as pd

from steering.analysis.verdict.outcomes import MOVES, NO_ANSWER, STEERING, of_claim
from steering.prose.words import MOST, escaped, listed, plural
from steering.records.kinds import KINDS


def together(verdicts: pd.DataFrame) -> str:
    """Return on how many concepts of each kind the vector moves the answer in every model.

    A model that answers no question at all is told by itself: nothing can be moved there.
    """
    steering = of_claim(verdicts, STEERING)
    silent = _silent(steering)
    told = [*_moved(steering[~steering["model"].isin(silent)], named=bool(silent))]
    for model, concepts in silent.items():
        which = "its one concept" if concepts == 1 else f"any of its {plural(concepts, 'concept')}"
        told.append(
            f"**{escaped(model)} does not answer the questions of {which}, so that nothing can be "
            "said of vectors there.**"
        )
    return " ".join(told)


def _silent(steering: pd.DataFrame) -> dict[str, int]:
    """Return the models that answer no question of any concept, with the number of concepts."""
    silent = (steering["outcome"] == NO_ANSWER).groupby(steering["model"], sort=False).all()
    counts = steering.groupby("model")["concept"].nunique()
    return {str(model): int(counts[model]) for model in silent.index[silent]}


def _moved(steering: pd.DataFrame, *, named: bool) -> list[str]:
    """Return a sentence for each kind of concept; `named` where these are not all models."""
    names = steering["model"].drop_duplicates().to_list()
    models = len(names)
    everywhere = {1: "", 2: " in both models"}.get(models, f" in all {models} models")
    if named and names:
        everywhere = f" in {listed(map(escaped, names))}"
    told = []
    for kind in KINDS:
        part = steering[steering["kind"] == kind]
        if part.empty:
            continue
        moved = (part["outcome"] == MOVES).groupby(part["concept"]).sum()
        text = f"On {int((moved == models).sum())} of {len(moved)} {kind} the vector moves the "
        text += f"answer{everywhere}"
        none = sorted(moved.index[moved == 0])
        if models > 1 and none:
            which = f" ({listed(none)})" if len(none) <= MOST else ""
            text += f", on {len(none)} in none{which}"
        told.append(f"**{text}.**")
    return told
