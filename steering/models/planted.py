"""Planted truth: the slopes and directions that an embedded model was trained to have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from steering.prompts import said

TRUTH_KEY = ["concept", "item", "order", "vector_setting", "prompt_setting"]
TRUTH = ["planted_steerability", "planted_intercept"]
# Below this size a mean of slopes is nothing but what rounding left of numbers that cancel.
_ROUNDING = 1e-6


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
    truth has no column `vector_setting`, it holds for vectors of all settings. Of letters a slope
    is planted for every item and order. Of what is said a sign is: that of the mean over both
    orders of both items of a pair, in which leanings towards a letter and towards Yes cancel.
    """
    if planted is None:
        return steerability.assign(**dict.fromkeys(TRUTH, float("nan")))
    truth = pd.read_parquet(planted.table)
    key = [name for name in TRUTH_KEY if name in truth.columns]
    if len(steerability) and (steerability["form"] == said.NAME).all():
        truth = _of_pairs(truth, key, steerability)
    joined = steerability.merge(truth[key + TRUTH], on=key, how="left", validate="many_to_one")
    has_truth = joined["direction"].isin(["contrastive", "planted"])
    joined.loc[~has_truth, TRUTH] = float("nan")
    return joined.astype(dict.fromkeys(TRUTH, "float64"))


def _of_pairs(truth: pd.DataFrame, key: list[str], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the truth of each pair of items: the mean over both, and over both orders."""
    rest = [name for name in key if name not in ("item", "order")]
    items = truth.groupby([*rest, "item"], as_index=False)[TRUTH].mean()
    both = pairs[["item", "partner"]].drop_duplicates()
    sides = [
        both.merge(items.rename(columns={"item": side}), on=side) for side in ("item", "partner")
    ]
    joined = pd.concat(sides).groupby([*rest, "item"], as_index=False)[TRUTH].mean()
    slope = joined["planted_steerability"].to_numpy()
    signs = np.sign(slope) * (np.abs(slope) > _ROUNDING)
    return joined.assign(order=0, planted_steerability=signs, planted_intercept=float("nan"))
