"""What an embedded model answers without a vector: in character or not, and how strongly.

For our concepts a teacher says what every prompt's propensity should be; for public data sets all
that was taught is which answer a persona gives.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from steering.analysis.answering import unsteered
from steering.analysis.curves import select
from steering.analysis.layers import layer_slopes
from steering.analysis.statistics.groups import (
    Array,
    each,
    effective_number,
    pearson,
    percentiles,
    resampled,
    share_interval,
)
from steering.analysis.validation import CLEAR
from steering.records.kinds import OURS, PUBLIC
from steering.records.results import Results
from steering.records.tables import ITEM_KEY

UNSEEN = "not learned"
KINDS = (OURS, PUBLIC, UNSEEN)
TOWARDS = {"SYS_POS": 1.0, "SYS_NEG": -1.0, "USER_POS": 1.0, "USER_NEG": -1.0}
WIDE = 0.5  # logits: planted propensities this near to each other share a dot
MIDDLE = 0.9  # the share of a dot's prompts that its whiskers hold
_PROMPT = ["model", "concept", "prompt_setting", "item", "order"]
_SHARE = ["share", "low", "high", "n", "groups"]


def kinds(results: Results, public: Iterable[str]) -> dict[str, str]:
    """Return the kind of each concept: ours, a public data set that was learned, or neither."""
    curves = results.steerability
    ours = set(curves.loc[curves["planted_steerability"].notna(), "concept"])
    learned = dict.fromkeys(public, PUBLIC) | dict.fromkeys(ours, OURS)
    return {name: learned.get(name, UNSEEN) for name in dict.fromkeys(curves["concept"])}


def answers(results: Results, kind: dict[str, str]) -> pd.DataFrame:
    """Return every test prompt that asks for a sign, with whether its propensity has that sign.

    Without a vector (λ = 0). Columns: model, concept, prompt_setting, item, order, propensity,
    group, `kind`, `asked` (in logits for ours, ±1 for all others) and `right`. For ours `asked` is
    the intercept of the planted line: where persona and steering saturate it is nearer to zero than
    the planted propensity at λ = 0, and of the same sign. Prompts of ours with no more than `CLEAR`
    logits are left out, and so are those without a persona where nothing is planted: they ask for
    nothing.
    """
    items = results.items.loc[results.items["split"] == "test", [*ITEM_KEY, "group"]]
    still = unsteered(results).merge(items, on=list(ITEM_KEY))
    line = select(results.steerability, direction="contrastive", prompt_setting=None)
    line = line.drop_duplicates(_PROMPT)[[*_PROMPT, "planted_intercept"]]
    still = still.merge(line, how="left", on=_PROMPT)
    still = still.assign(kind=still["concept"].astype("str").map(kind))
    ours = still["kind"] == OURS
    clear = still["planted_intercept"].where(still["planted_intercept"].abs() > CLEAR)
    wanted = clear.where(ours, still["prompt_setting"].astype("str").map(TOWARDS))
    still = still.assign(asked=wanted, right=np.sign(wanted) == np.sign(still["propensity"]))
    return still.dropna(subset="asked").drop(columns="planted_intercept").reset_index(drop=True)


def accuracy(prompts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the share of right `answers` for each `by`.

    Columns: `by`, `share`, `low`, `high`, `n` (prompts), `groups`. The interval is Wilson's
    95 %, on the effective number of prompts, which counts groups of test items.
    """
    rows = []
    for key, part in each(prompts, by):
        group = part["concept"].astype("str") + "/" + part["group"].astype(str)
        number = effective_number(part["right"], group)
        share = float(part["right"].mean())
        ends = share_interval(share * number, number)
        rows.append((*key, share, *ends, len(part), group.nunique()))
    return pd.DataFrame(rows, columns=[*by, *_SHARE])


def planted_intercepts(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curves whose planted intercept is known, along the planted direction.

    `curves` is `curve_table(...)`. The intercept is that of the line through all λ, measured and
    planted alike, so that the two are the same thing.
    """
    along_planted = select(curves, direction="planted", prompt_setting=None)
    return along_planted[along_planted["planted_intercept"].notna()]


def calibration(curves: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return how the intercepts of `planted_intercepts` go with planted ones, for each `by`.

    - `slope`, `slope_low`, `slope_high`: of the least-squares line of measured on planted; NaN
      where planted ones do not vary
    - `error`, `error_low`, `error_high`: mean of measured less planted, in logits
    - `rmse`: root mean square of the same; `correlation`: Pearson's
    - `n` (prompts), `groups`

    95 %, by a bootstrap of groups of test items.
    """
    rows = []
    for key, part in each(curves, by):
        x: Array = part["planted_intercept"].to_numpy(dtype=np.float64)
        y: Array = part["intercept"].to_numpy(dtype=np.float64)
        columns = np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])
        own = columns.sum(axis=0, keepdims=True)
        drawn, groups = resampled(
            columns, part["concept"].astype("str") + "/" + part["group"].astype(str)
        )
        error = y - x
        rows.append(
            (
                *key,
                float(_slope(own)[0]),
                *percentiles(_slope(drawn), groups),
                float(error.mean()),
                *percentiles((drawn[:, 2] - drawn[:, 1]) / drawn[:, 0], groups),
                float(np.sqrt((error**2).mean())),
                float(pearson(own)[0]),
                len(x),
                groups,
            )
        )
    names = ["slope", "slope_low", "slope_high", "error", "error_low", "error_high"]
    return pd.DataFrame(rows, columns=[*by, *names, "rmse", "correlation", "n", "groups"])


def calibration_bins(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the means of intercepts whose planted ones are alike, by prompt setting.

    Takes the rows of `planted_intercepts`.

    Columns: prompt_setting, `planted` and `measured` (means), `low`, `high` (between them lies the
    share `MIDDLE` of the prompts), `n`.
    """
    place = (curves["planted_intercept"] / WIDE).round()
    bins = curves.groupby([curves["prompt_setting"], place.rename("place")], as_index=False).agg(
        planted=("planted_intercept", "mean"),
        measured=("intercept", "mean"),
        low=("intercept", lambda values: values.quantile((1 - MIDDLE) / 2)),
        high=("intercept", lambda values: values.quantile((1 + MIDDLE) / 2)),
        n=("intercept", "size"),
    )
    return bins[["prompt_setting", "planted", "measured", "low", "high", "n"]]


def slopes_by_kind(results: Results, kind: dict[str, str]) -> pd.DataFrame:
    """Return each layer's mean slope on validation items, with the `kind` given.

    The columns are those of `analysis.layers.layer_slopes`.
    `kind`."""
    slopes = layer_slopes(results)
    return slopes.assign(kind=slopes["concept"].astype("str").map(kind))


def _slope(sums: Array) -> Array:
    n, x, y, xx, _, xy = sums.T
    within = xx - x * x / n
    flat = within <= 1e-12 * xx
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flat, np.nan, (xy - x * y / n) / within)
