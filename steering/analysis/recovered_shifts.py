"""How much of the planted slope is recovered when the prompt or the vector's setting changes.

One setting is changed and the other kept at BASE, so that what is planted for it is one number: the
ratio of the mean slope to that of BASE→BASE. A concept may be planted as brittle (less is left
under the user's persona), as saturating, or as one whose vector turns where a persona is named.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY, select
from steering.analysis.statistics.groups import each, percentiles, resampled
from steering.analysis.validation import CLEAR
from steering.records.tables import SETTINGS

SHIFTED = {"prompt": "prompt_setting", "vector": "vector_setting"}
MOVED = 0.05  # a planted ratio further than this from 1 is one that was planted to change
_COLUMNS = ["ratio", "low", "high", "planted", "moved", "distance", "holds", "n", "groups"]


def setting_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean slope in each other setting as a ratio to that of BASE→BASE.

    `table` is `curve_table(...)`. One row per model, concept, kind, `shifted` (`prompt`: the vector
    of BASE under another prompt setting; `vector`: the vector of another setting, at the norm of
    BASE's, in prompts of BASE) and `setting`:

    - `ratio`, `low`, `high`: measured along the contrastive vector; 95 %, bootstrap of groups of
      test items, both means from the same curves and draws
    - `planted`: the same ratio of planted slopes; `moved`: whether it is not 1
    - `distance`: measured less planted; `holds`: whether the interval holds what is planted
    - `n` (curves), `groups`

    Only concepts whose planted mean slope BASE→BASE is beyond `validation.CLEAR`, and measured ones
    whose interval leaves out zero: a ratio to nothing says nothing (see `left_out`).
    """
    curves = select(table, vector_setting=None, prompt_setting=None)
    curves = curves[curves["planted_steerability"].notna()]
    slopes = ["steerability", "planted_steerability"]
    home = select(curves)[[*RUN_CURVE_KEY, "group", *slopes]]
    rows = []
    for shifted, column in SHIFTED.items():
        for setting in SETTINGS[1:]:
            away = select(curves, **{column: setting})
            both = home.merge(
                away[[*RUN_CURVE_KEY, *slopes]], on=RUN_CURVE_KEY, suffixes=("_in", "_out")
            )
            for run, part in each(both, RUN_KEY):
                if ratio := _ratio(part):
                    rows.append((*run, shifted, setting, *ratio))
    return pd.DataFrame(rows, columns=[*RUN_KEY, "shifted", "setting", *_COLUMNS])


def left_out(table: pd.DataFrame, ratios: pd.DataFrame) -> list[str]:
    """Return the concepts with planted slopes that `setting_ratios` gives no ratio for."""
    curves = select(table)
    curves = curves[curves["planted_steerability"].notna()]
    return sorted(set(curves["concept"]) - set(ratios["concept"]))


def with_cosines(
    ratios: pd.DataFrame, cosines: pd.DataFrame, truth: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the rows of shifted vectors with the cosine of each vector with that of BASE.

    Takes the tables of `setting_ratios`, of `similarity.cosines` and of
    `records.training.planted_cosines`. Adds `cosine` (at the layer that the run chose) and
    `planted_cosine`: NaN where none is known, and where another layer was chosen than the one that
    was trained.
    """
    vectors = ratios[ratios["shifted"] == "vector"]
    key = [*RUN_KEY, "setting"]
    own_cosines = cosines.rename(columns={"vector_setting": "setting"})[[*key, "layer", "cosine"]]
    table = vectors.merge(own_cosines, how="left", on=key)
    if truth is None:
        return table.assign(planted_cosine=np.nan)
    planted = truth.rename(columns={"vector_setting": "setting", "layer": "trained"})
    table = table.merge(planted, how="left", on=["concept", "setting"])
    there = table["layer"] == table.pop("trained")
    return table.assign(planted_cosine=table["planted_cosine"].where(there))


def _ratio(part: pd.DataFrame) -> tuple[float | bool, ...] | None:
    inside, planted_inside, outside, planted_outside = (
        part[name].to_numpy(dtype=np.float64)
        for name in (
            "steerability_in",
            "planted_steerability_in",
            "steerability_out",
            "planted_steerability_out",
        )
    )
    sums, groups = resampled(np.column_stack([np.ones(len(part)), inside, outside]), part["group"])
    low, high = percentiles(sums[:, 1] / sums[:, 0], groups)
    if abs(planted_inside.mean()) <= CLEAR or not (low > 0 or high < 0):
        return None
    ratio = float(outside.mean() / inside.mean())
    planted = float(planted_outside.mean() / planted_inside.mean())
    ends = percentiles(sums[:, 2] / sums[:, 1], groups)
    # What is planted exactly is not left out by rounding.
    holds = bool(ends[0] - 1e-9 <= planted <= ends[1] + 1e-9)
    change = abs(planted - 1) > MOVED
    return ratio, *ends, planted, change, ratio - planted, holds, len(part), groups
