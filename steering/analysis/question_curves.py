"""One vector on each of its questions: how far every answer moves as the vector grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from steering.analysis.curves import CURVE_KEY, RUN_KEY, select
from steering.analysis.findings import moving_concepts
from steering.records.kinds import OURS, PUBLIC, YOURS
from steering.records.results import Results
from steering.records.run_card import RunCard
from steering.records.tables import STEERABILITY_KEY, TODAY

# Of which kind a concept is rather shown: in those of ours the effect is built in.
_RATHER = (PUBLIC, YOURS, OURS)


def most_reversed(concepts: pd.DataFrame) -> pd.Series | None:
    """Return the concept with the largest share of reversed questions; None where none moves.

    Takes the table of `variability.by_concept` with the outcome on steering. Public sets come
    before concepts of the reader's own, and these before ours. `among` is how many vectors
    on concepts of its kind move the answer, and `middle_share` the median of their shares.
    """
    moving = moving_concepts(concepts)
    for kind in _RATHER:
        part = moving[moving["kind"] == kind]
        if len(part):
            ranked = part.sort_values(["reversed", "questions"], ascending=False, kind="stable")
            more = {"among": len(part), "middle_share": part["reversed"].median()}
            return pd.concat([ranked.iloc[0], pd.Series(more)])
    return None


def question_curves(results: Results, curves: pd.DataFrame) -> pd.DataFrame:
    """Return how far the vector moves the answer to each question, both orders together.

    `curves` is `curve_table(results)`. One row per model, concept, kind, item and multiplier,
    BASE→BASE: `change` of the propensity from the multiplier nearest to nought (logits; the mean of
    both orders) and `steerability` (the mean slope). Questions of which one order only was measured
    are left out.
    """
    lettered = curves["form"].astype("str") == TODAY["form"]
    base = select(curves[lettered])
    points = base[[*STEERABILITY_KEY, "kind", "steerability"]].merge(
        results.sweep, on=list(STEERABILITY_KEY)
    )
    still = points.loc[points["multiplier"].abs() == points["multiplier"].abs().min()]
    rest = still.set_index([*RUN_KEY, *CURVE_KEY])["propensity"].rename("rest").reset_index()
    points = points.merge(rest, on=[*RUN_KEY, *CURVE_KEY])
    points = points.assign(change=points["propensity"] - points["rest"])
    by = points.groupby([*RUN_KEY, "item", "multiplier"], as_index=False, sort=True, observed=True)
    means = by.agg(
        change=("change", "mean"), steerability=("steerability", "mean"), orders=("order", "size")
    )
    return means[means["orders"] == 2].drop(columns="orders").reset_index(drop=True)


def run_of(
    runs: Sequence[Path | str], cards: Sequence[RunCard], model: str, concept: str
) -> Path | None:
    """Return the folder of the run of a concept in a model, from all runs and their cards."""
    wanted = (model, concept)
    for run, card in zip(runs, cards, strict=True):
        if (card["model"]["name"], card["concept"]["name"]) == wanted:
            return Path(run)
    return None
