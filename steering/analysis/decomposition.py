"""How much of the variance between curves goes with the letter, or with Yes and No (figure 4).

Tan et al. regress the items' slopes on whether the positive answer is (A), then also on whether it
is Yes: what the first explains is the share of A/B, what the second adds that of Yes/No. Here the
word has three levels, Yes, No and neither, and so two columns. Which of two correlated factors
comes first decides what each gets, so beside that stand Shapley's shares, the mean over both orders
of entering. Where all items are measured in both orders, letter and word are not correlated, and
the two methods give the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steering.analysis.curves import RUN_KEY
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import DRAWS, Array, each
from steering.analysis.statistics.squares import squared_length

FACTORS = ("A/B", "Yes/No", "explained", "unexplained")
METHODS = ("sequential", "Shapley")
# The columns of the regression: the slope, then those of each factor.
_SLOPE, _LETTER, _WORD = 0, [1], [2, 3]
# Levels that are a combination of others explain nothing of their own.
_COLLINEAR = 1e-9


def one_order(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of each item in one order alone, as Tan et al. measured it.

    It is order 0, that of the published choices. Where the choices are ours, Yes stands at (A) in
    all of order 0, and letter and word would be one: there the order alternates, as in the paper,
    from item to item among those whose positive answer is Yes, and among those where it is No.
    """
    first = curves[curves["order"] == 0].drop_duplicates([*RUN_KEY, "item"]).sort_values("item")
    items = first[[*RUN_KEY, "item", "positive_letter", "positive_is_yes"]].copy()
    at_a = items["positive_letter"] == "A"
    items["one"] = (at_a == items["positive_is_yes"]).fillna(value=False).astype(bool)
    ours = items.groupby(RUN_KEY)["one"].transform("all")
    place = items.groupby([*RUN_KEY, "positive_is_yes"], dropna=False).cumcount()
    items["kept"] = np.where(ours, place % 2, 0)
    kept = curves[[*RUN_KEY, "item"]].merge(
        items[[*RUN_KEY, "item", "kept"]], how="left", on=[*RUN_KEY, "item"]
    )
    return curves[curves["order"].to_numpy() == kept["kept"].to_numpy()]


def decomposition(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return the share of the variance of slopes that each factor explains, per model and concept.

    `table` is `curve_table(...)`; `one_order` of it gives the paper's figure. One row per model,
    concept, kind, `method` ("sequential": A/B enters first; "Shapley") and `factor` ("A/B",
    "Yes/No", "explained" by both, "unexplained"): `share`, `low`, `high` (95 %, bootstrap
    of groups of test items and, BASE→BASE, of training pairs, of effects with their signs, so that
    it holds zero where there may be none; see `statistics.squares`), `variance` (share of the
    variance of slopes, in (logits per unit of λ)²), `n` (curves), `groups`, `vectors_resampled`. A
    factor of one level has no share, NaN: where the positive answer is neither Yes nor No in any
    item, there is nothing that the word could explain.
    """
    curves = training_pairs.beside_resampled(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    rows = []
    for run, part in each(curves, RUN_KEY):
        slope = part["steerability"].to_numpy(dtype=np.float64)
        own = slope[~training_pairs.is_resampled(part["direction"]).to_numpy()]
        letter = np.where(part["positive_letter"] == "A", 1.0, -1.0)
        yes = part["positive_is_yes"].astype("boolean")
        words = [word.fillna(value=False).to_numpy(dtype=np.float64) for word in (yes, ~yes)]
        columns = _products(np.column_stack([slope - own.mean(), letter, *words]))
        sums = training_pairs.drawn(part, columns, draws=draws)
        effects, drawn = _effects(sums.own), _effects(sums.sums)
        counts = (sums.n, sums.groups, sums.vectors)
        for (method, factor), effect in effects.items():
            value = float((effect[0] ** 2).sum())
            ends = squared_length(drawn[method, factor], effect[0], sums.groups)
            rows.append((*run, method, factor, value, *ends, value * own.var(), *counts))
            if factor == "explained":
                rest = (1 - value, 1 - ends[1], 1 - ends[0], (1 - value) * own.var())
                rows.append((*run, method, "unexplained", *rest, *counts))
    columns_of = [*RUN_KEY, "method", "factor", "share", "low", "high", "variance"]
    return pd.DataFrame(rows, columns=[*columns_of, *training_pairs.COUNTS])


def _products(values: Array) -> Array:
    """Return 1, all columns, and all their products: what a regression needs to know."""
    ones = np.column_stack([np.ones(len(values)), values])
    return (ones[:, :, None] * ones[:, None, :]).reshape(len(values), -1)


def _effects(sums: Array) -> dict[tuple[str, str], Array]:
    """Return each method's effect of each factor, from sums of `_products`, one for each row.

    Effects are those of the standardised columns on the standardised slope, with their signs: a
    factor's share is the sum of their squares. NaN where a factor does not vary.
    """
    size = int(np.sqrt(sums.shape[1]))
    moments = sums.reshape(-1, size, size) / sums[:, :1, None]
    mean = moments[:, 0, 1:]
    spread = moments[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]
    variance = np.einsum("bii->bi", spread)
    flat = ~(variance[:, _SLOPE] > 0)
    letter, word = (~flat & _varies(variance, one) for one in (_LETTER, _WORD))
    alone = {"A/B": _effect(spread, _LETTER), "Yes/No": _effect(spread, _WORD)}
    last = {"A/B": _effect(spread, _LETTER, _WORD), "Yes/No": _effect(spread, _WORD, _LETTER)}
    explained = np.hstack([alone["A/B"], last["Yes/No"]])
    explained[~(letter | word)] = math.nan
    shapley = {name: np.hstack([alone[name], last[name]]) / math.sqrt(2) for name in alone}
    by_factor = {}
    for method, parts in zip(METHODS, ({**last, "A/B": alone["A/B"]}, shapley), strict=True):
        for name, varies in (("A/B", letter), ("Yes/No", word)):
            by_factor[method, name] = np.where(varies[:, None], parts[name], math.nan)
        by_factor[method, "explained"] = explained
    return by_factor


def _varies(variance: Array, columns: list[int]) -> NDArray[np.bool_]:
    varies: NDArray[np.bool_] = np.any(variance[:, columns] > 1e-12, axis=1)
    return varies


def _effect(spread: Array, columns: list[int], given: Sequence[int] = ()) -> Array:
    """Return the effects of some columns on the slope, beyond those that are given.

    From covariances; what the given columns say of both is taken away, then the columns are made
    orthogonal, all alike.
    """
    every = [*columns, _SLOPE]
    left = spread[:, every][:, :, every]
    if given:
        known = spread[:, list(given)]
        inverse = np.linalg.pinv(known[:, :, list(given)], rcond=_COLLINEAR, hermitian=True)
        left = left - known[:, :, every].transpose(0, 2, 1) @ inverse @ known[:, :, every]
    values, vectors = np.linalg.eigh(left[:, :-1, :-1])
    # What is a combination of the others, but for rounding, has no effect of its own.
    whole = np.einsum("bii->bi", spread)[:, columns].max(axis=1, keepdims=True)
    there = values > _COLLINEAR * whole
    scale = np.where(there, 1 / np.sqrt(np.where(there, values, 1.0)), 0.0)
    with_slope = np.einsum("bij,bi->bj", vectors, left[:, :-1, -1]) * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.einsum("bij,bj->bi", vectors, with_slope)
        return found / np.sqrt(spread[:, _SLOPE, _SLOPE])[:, None]
