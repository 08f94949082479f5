"""Planted truth: the slopes and directions that an embedded model was trained to have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

TRUTH_KEY = ["concept", "item", "order", "vector_setting", "prompt_setting"]
TRUTH = ["planted_steerability", "planted_intercept"]


@dataclass(frozen=True)
class Planted:
    """The files of a model's planted truth.

    Attributes:
        table: the true slope and intercept of every item, in logits per unit of λ = 1.
        directions: the safetensors file of the true direction of each concept, one unit of λ.
    """

    table: Path
    directions: Path


def planted_of(folder: Path | None) -> Planted | None:
    """Return the files of a model's planted truth; None if the model has none."""
    if folder is None or not (folder / "planted.parquet").is_file():
        return None
    return Planted(folder / "planted.parquet", folder / "directions.safetensors")


def with_truth(steerability: pd.DataFrame, planted: Planted | None) -> pd.DataFrame:
    """Return the steerability table with the planted slope and intercept of each curve.

    They are known for the contrastive and the planted direction, and NaN for all others. If the
    truth has no column `vector_setting`, it holds for vectors of all settings.
    """
    if planted is None:
        return steerability.assign(**dict.fromkeys(TRUTH, float("nan")))
    truth = pd.read_parquet(planted.table)
    key = [name for name in TRUTH_KEY if name in truth.columns]
    joined = steerability.merge(truth[key + TRUTH], on=key, how="left", validate="many_to_one")
    has_truth = joined["direction"].isin(["contrastive", "planted"])
    joined.loc[~has_truth, TRUTH] = float("nan")
    return joined.astype(dict.fromkeys(TRUTH, "float64"))
