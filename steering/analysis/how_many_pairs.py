"""How many training pairs does a vector need? Vectors of some of the training groups beside all.

Such vectors have the norm of the vector of all groups, so that each is as large a dose: what they
keep of its effect follows from one number, see `statistics.subsets`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from steering.analysis.curves import CURVE_KEY, RUN_KEY, select
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import Array, each
from steering.analysis.statistics.subsets import (
    FEWEST,
    half_width,
    kept,
    least,
    lost_share,
    spread_of_sizes,
    variance_of_mean,
)
from steering.records.directions import RESAMPLED, SUBSET, subset_size
from steering.records.results import Results

_BY = [*RUN_KEY, "form"]
_NEED = ["groups", "items", "lost", "lost_low", "lost_high", "needed", "half", "half_low"]
_NEED += ["half_high", "twice", "twice_low", "twice_high", "effect", "vectors", "test_groups"]


def vectors_of_sizes(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return what each vector of some of the training groups does, BASE→BASE.

    `table` is `curve_table(results)`. One row per run, form and `number`: `groups` (of how many it
    is made), `items` (how many training items those hold on average), `of` (how many groups there
    are), `mean` (slope, logits per unit of λ) and `reversed` (share of questions whose slope is
    below zero). Empty where no such vectors were measured.
    """
    rows = _of_some(table, results)
    below = counterbalanced(rows)
    below = below.assign(reversed=(below["steerability"] < 0).astype(float))
    by = [*_BY, "number"]
    means = rows.groupby(by, as_index=False, sort=False, observed=True).agg(
        mean=("steerability", "mean"),
        groups=("groups", "first"),
        of=("of", "first"),
        items=("items", "first"),
    )
    shares = below.groupby(by, as_index=False, sort=False, observed=True)["reversed"].mean()
    return means.merge(shares, how="left", on=by)


def by_size(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return what vectors of each number of training groups do, BASE→BASE.

    `table` is `curve_table(results)`. One row per run, form and `groups` (all of them last), with
    `items`, `of`, `vectors` and

    - `mean`, `low`, `high`: their mean slope, and where 95 % of vectors of so many groups would
      have it on other test items: over groups of test items, and over training pairs by the spread
      between vectors of one size (pooled over sizes) and that of resampled vectors
    - `reversed`, `reversed_low`, `reversed_high`: the mean share of questions whose slope is below
      zero, with Wilson's interval over groups of test items alone
    - `test_groups`, `n` (curves of each vector)
    """
    rows, spreads = _of_some(table, results), _resampled_spreads(table)
    found = []
    for key, part in each(rows, _BY):
        values, group, numbers = _stacked(part)
        whole = int(part["of"].iloc[0])
        sizes = np.array([subset_size(number, whole) for number in numbers])
        spread, apart, freedom = spread_of_sizes(
            values.mean(axis=1), sizes, whole, spreads.get(key, math.nan)
        )
        shares = _shares(part)
        for size in sorted({*sizes.tolist()}):
            some = values[sizes == size]
            of_tests = float(np.mean([variance_of_mean(one, group) for one in some]))
            of_pairs = spread / size + apart / size**2
            half = half_width(of_tests, int(group.max()), of_pairs, freedom)
            mean = float(some.mean())
            items = float(part.loc[part["groups"] == size, "items"].iloc[0])
            counts = (size, items, whole, len(some))
            ends = (mean, mean - half, mean + half, *shares.get(size, (math.nan,) * 3))
            found.append((*key, *counts, *ends, int(group.max()) + 1, values.shape[1]))
    names = ["groups", "items", "of", "vectors", "mean", "low", "high"]
    names += ["reversed", "reversed_low", "reversed_high", "test_groups", "n"]
    return pd.DataFrame(found, columns=[*_BY, *names])


def pairs_needed(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return from how many training groups on a vector does nearly what that of all does.

    `table` is `curve_table(results)`. One row per run and form:

    - `groups`, `items`: how many training groups and items there are
    - `lost`, `lost_low`, `lost_high`: k of the module's formula, 95 %, over groups of test items
      and over the vectors' own spread about the formula; NaN where the interval of the mean slope
      of the concept's vector holds zero (a share of nothing says nothing), or where fewer than
      three vectors of some of the groups were measured
    - `needed`: the least number of groups that keep at least 95 % (`ENOUGH`) of the effect of all
      also where k is as large as the upper end of its interval
    - `half`: what half of the groups keep; `twice`: what twice as many would add, as a share of the
      effect of all; each with `_low` and `_high`
    - `effect`: mean slope of the vector of all groups, at the λ of the others; `vectors`,
      `test_groups`
    """
    rows = _of_some(table, results)
    effects = training_pairs.means(training_pairs.beside_resampled(table), "steerability", _BY)
    steers = {
        tuple(row[name] for name in _BY): row["low"] > 0 or row["high"] < 0
        for row in effects.to_dict("records")
    }
    found = []
    for key, part in each(rows, _BY):
        values, group, numbers = _stacked(part)
        whole, items = int(part["of"].iloc[0]), float(part["items"].max())
        sizes = np.array([subset_size(number, whole) for number in numbers])
        lost = (math.nan,) * 3
        if steers.get(key, False) and (sizes < whole).sum() >= FEWEST and numbers[0] == 0:
            lost = lost_share(values, group, sizes, whole)
        half = [float(kept(max(1, whole // 2), whole, one)) for one in (lost[0], *lost[:0:-1])]
        twice = [float(kept(2 * whole, whole, one)) - 1 for one in lost]
        counts = (float(values[0].mean()), len(values), int(group.max()) + 1)
        found.append((*key, whole, items, *lost, least(lost[2], whole), *half, *twice, *counts))
    return pd.DataFrame(found, columns=[*_BY, *_NEED])


def _of_some(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return the curves of vectors of some of the groups, with the sizes of these vectors."""
    rows = select(table, direction=SUBSET)
    trained = results.prompts.loc[
        results.prompts["prompt_setting"] == "BASE", ["model", "concept", "form", "item"]
    ].drop_duplicates()
    items = results.items.loc[results.items["split"] == "train", ["concept", "item", "group"]]
    trained = trained.merge(items, on=["concept", "item"])
    by = ["model", "concept", "form"]
    counts = trained.groupby(by, as_index=False, observed=True).agg(
        of=("group", "nunique"), trained=("item", "nunique")
    )
    rows = rows.astype({"form": "str"}).merge(counts.astype({"form": "str"}), on=by)
    of_each = pd.MultiIndex.from_frame(rows[["number", "of"]])
    codes, vectors = of_each.factorize()
    sizes = np.array([subset_size(*vector) for vector in vectors], dtype=np.int64)[codes]
    return rows.assign(groups=sizes, items=rows["trained"] * sizes / rows["of"])


def _resampled_spreads(table: pd.DataFrame) -> dict[tuple[str, ...], float]:
    """Return the variance between the mean slopes of resampled vectors, by run and form."""
    rows = select(table, direction=RESAMPLED).astype({"form": "str"})
    means = rows.groupby([*_BY, "number"], observed=True)["steerability"].mean()
    spreads = means.groupby(_BY, observed=True).var(ddof=1)
    keys = spreads.index.to_frame(index=False).astype(str).itertuples(index=False, name=None)
    return dict(zip(keys, spreads.astype(float), strict=True))


def _stacked(part: pd.DataFrame) -> tuple[Array, training_pairs.Codes, list[int]]:
    """Return slopes (vector × curve), the group of each curve, and the vectors' numbers."""
    wide = part.pivot_table(
        index=["group", *CURVE_KEY], columns="number", values="steerability", observed=True
    ).dropna()
    codes = np.unique(wide.index.get_level_values("group").astype(str), return_inverse=True)[1]
    return wide.to_numpy(dtype=np.float64).T, codes, [int(number) for number in wide.columns]


def _shares(part: pd.DataFrame) -> dict[int, Sequence[float]]:
    """Return for each size the mean share of reversed questions, and the mean of its intervals."""
    questions, of = counterbalanced(part), int(part["of"].iloc[0])
    shares: dict[int, list[tuple[float, ...]]] = {}
    for (number,), one in each(questions, ["number"]):
        codes = np.unique(one["group"].astype(str), return_inverse=True)[1]
        flags = np.asarray(one["steerability"] < 0, dtype=np.float64)
        shares.setdefault(subset_size(int(number), of), []).append(
            training_pairs.share_of(flags[None], codes)
        )
    return {size: np.mean(found, axis=0).tolist() for size, found in shares.items()}
