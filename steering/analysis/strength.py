"""How strongly a vector may be applied: its curve up to a dose of one, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import concept_kinds, drawn_groups
from steering.analysis.replies import LOOPING
from steering.analysis.statistics.groups import (
    LEVEL,
    each,
    percentiles,
    resampled,
    share_interval,
)
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.results import Results
from steering.records.run_card import RunCard
from steering.records.strength import SWEPT
from steering.records.tables import ITEM_KEY

RUN = ["model", "concept", "form"]
# The straight line is fitted to doses up to this; it ends where the curve is off by a quarter.
STRAIGHT, OFF = 0.1, 0.25
# A dose at which every layer was tried.
MIDDLE = 0.35
# The curve has turned over where the last dose does less than this share of the best one.
TURNED = 0.9
# The letters are lost where less than this share is left of their probability at λ = 0.
LOST = 0.5


def costs_by_dose(costs: pd.DataFrame, cards: Iterable[RunCard]) -> pd.DataFrame:
    """Return what each vector costs at each λ: a row per run, direction, layer and λ but 0.

    `loss` (log-likelihood that a token of neutral text loses, in nats; below 0 it gains), `low`,
    `high` (95 %, Student's t over texts), `divergence` (KL from the unsteered model, nats a token),
    `first` (that of a text's first token), `dose` (with the sign of λ), `texts`, `kind`, and
    `chosen`, whether the layer is the one that the run chose. Random vectors of one λ are one row:
    their texts are averaged first. Takes the table `costs` of `records.strength`.
    """
    base = costs[costs["prompt_setting"] == "BASE"]
    at_zero = base[base["multiplier"] == 0]
    before = at_zero.set_index([*RUN, "text"])["log_likelihood"]
    chosen = at_zero.drop_duplicates(RUN).set_index(RUN)["layer"]
    moved = base[base["multiplier"] != 0]
    keys = pd.MultiIndex.from_frame(moved[[*RUN, "text"]])
    moved = moved.assign(loss=before.reindex(keys).to_numpy() - moved["log_likelihood"])
    by = [*RUN, "direction", "layer", "multiplier", "dose"]
    read = ["loss", "divergence", "first"]
    texts = moved.groupby([*by, "text"], sort=False, dropna=False)[read].mean().reset_index()
    table = texts.groupby(by, sort=False, dropna=False, as_index=False).agg(
        loss=("loss", "mean"),
        error=("loss", lambda losses: losses.sem(skipna=False)),
        divergence=("divergence", "mean"),
        first=("first", "mean"),
        texts=("loss", "size"),
    )
    half = stats.t.ppf((1 + LEVEL) / 2, table["texts"] - 1) * table.pop("error")
    table = table.assign(low=table["loss"] - half, high=table["loss"] + half)
    at = pd.MultiIndex.from_frame(table[RUN])
    table = table.assign(
        dose=np.sign(table["multiplier"]) * table["dose"],
        chosen=table["layer"].to_numpy() == chosen.reindex(at).to_numpy(),
    )
    return _with_kind(table, cards)


def at_dose(by_dose: pd.DataFrame, dose: float) -> pd.DataFrame:
    """Return the rows of `costs_by_dose` about own vectors at one dose, to within a twentieth."""
    own = by_dose[(by_dose["direction"] == CONTRASTIVE) & (by_dose["dose"] > 0)]
    return own[(own["dose"] / dose - 1).abs() < 0.05]


def personas(costs: pd.DataFrame) -> pd.DataFrame:
    """Return what the positive personas in the prompt cost: a row per run and prompt setting.

    `loss` of log-likelihood a token of neutral text against BASE, in nats, with `low`, `high`
    (95 %, Student's t over texts) and `texts`.
    """
    at_zero = costs[costs["multiplier"] == 0]
    base = at_zero[at_zero["prompt_setting"] == "BASE"].set_index([*RUN, "text"])["log_likelihood"]
    rows = []
    others = at_zero[at_zero["prompt_setting"] != "BASE"]
    for key, part in each(others, [*RUN, "prompt_setting"]):
        before = base.reindex(pd.MultiIndex.from_frame(part[[*RUN, "text"]])).to_numpy()
        losses = (before - part["log_likelihood"]).dropna().to_numpy(dtype=np.float64)
        rows.append((*key, losses.mean(), *_interval(losses), len(losses)))
    return pd.DataFrame(rows, columns=[*RUN, "prompt_setting", "loss", "low", "high", "texts"])


def degenerate(costs: pd.DataFrame) -> pd.DataFrame:
    """Return how many replies to neutral requests are empty or loop: a row per dose, over all runs.

    `dose` (rounded, without sign; 0 is the model without a vector), `degenerate` (share), `low`,
    `high` (95 %, Wilson's), `replies`. A reply loops where at least half of its pairs of
    neighbouring tokens occurred in it before (`analysis.replies.LOOPING`).
    """
    drawn = costs[costs["reply_tokens"].notna()]
    bad = (drawn["reply_tokens"] == 0) | (drawn["repeated"].fillna(0) >= LOOPING)
    rows = []
    for dose, part in bad.groupby(drawn["dose"].round(2)):
        ends = share_interval(int(part.sum()), len(part))
        rows.append((float(str(dose)), float(part.mean()), *ends, len(part)))
    return pd.DataFrame(rows, columns=["dose", "degenerate", "low", "high", "replies"])


def fluency(costs: pd.DataFrame) -> pd.DataFrame:
    """Return the log-likelihood of a token of neutral text without any vector, per run, in nats."""
    plain = costs[(costs["multiplier"] == 0) & (costs["prompt_setting"] == "BASE")]
    return plain.groupby(RUN)["log_likelihood"].mean().reset_index()


def responses(wide: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return the curve of each run up to a dose of one: a row per run and λ, in ascending order.

    `change` of the mean propensity from λ = 0 (logits, or nats where texts are said), with `low`,
    `high` (95 %, by resampling groups of validation items, or requests with their pairs); `dose`
    (with the sign of λ), `letter_mass` (mean probability of the two letters; missing without
    letters), `n` (prompts) and `groups`.
    """
    swept = wide[(wide["role"] == SWEPT) & (wide["direction"] == CONTRASTIVE)]
    items = results.items[[*ITEM_KEY, "group"]]
    swept = swept.merge(items, on=list(ITEM_KEY), how="left", validate="many_to_one")
    swept = swept.assign(group=drawn_groups(swept))
    rows: list[tuple[Any, ...]] = []
    key = ["item", "order", "request"]
    for run, part in each(swept, RUN):
        curves = part.pivot_table(index=key, columns="multiplier", values="propensity")
        group = part.drop_duplicates(key).set_index(key)["group"].reindex(curves.index)
        change = curves.sub(curves[0.0], axis="index")
        values = np.column_stack([np.ones(len(change)), change.to_numpy(dtype=np.float64)])
        sums, groups = resampled(values, group.to_numpy())
        mass = part.groupby("multiplier")["letter_mass"].mean()
        dose = part.drop_duplicates("multiplier").set_index("multiplier")["dose"]
        for at, multiplier in enumerate(change.columns):
            ends = percentiles(sums[:, 1 + at] / sums[:, 0], groups)
            signed = float(np.sign(multiplier) * dose[multiplier])
            mean = float(change[multiplier].mean())
            sizes = (float(mass[multiplier]), len(change), groups)
            rows.append((*run, float(multiplier), signed, mean, *ends, *sizes))
    columns = ["multiplier", "dose", "change", "low", "high", "letter_mass", "n", "groups"]
    return _with_kind(pd.DataFrame(rows, columns=[*RUN, *columns]), results.cards)


def reaches(response: pd.DataFrame) -> pd.DataFrame:
    """Return how far the line of each curve goes: a row per run, all about doses above zero.

    `slope` (of the line through 0, fitted to doses of at most `STRAIGHT` of either sign, logits per
    unit of dose); `straight` (the largest dose before the first at which the curve's interval lies
    further from the line than `OFF` of it), `bends` (whether there is such a dose); `best` (the
    dose of the largest change in the direction of the slope) and `turns` (whether the interval of
    the last dose lies below `TURNED` of that change); `lost` (the first dose at which the letters
    keep less than `LOST` of their probability; missing where they keep it); `most` (the largest).
    """
    rows = []
    for run, part in each(response, [*RUN, "kind"]):
        near = part[(part["dose"].abs() <= STRAIGHT * 1.01) & (part["dose"] != 0)]
        x, y = near["dose"].to_numpy(np.float64), near["change"].to_numpy(np.float64)
        slope = float((x * y).sum() / (x * x).sum()) if len(x) else float("nan")
        up = part[part["dose"] > 0].sort_values("dose")
        doses = up["dose"].to_numpy(np.float64)
        line = slope * doses
        along = np.sign(slope) * up[["change", "low", "high"]].to_numpy(np.float64)
        low, high = along[:, 1:].min(axis=1), along[:, 1:].max(axis=1)
        off = (low > (1 + OFF) * np.abs(line)) | (high < (1 - OFF) * np.abs(line))
        bends = bool(off.any())
        straight = float(doses[max(int(off.argmax()) - 1, 0)]) if bends else float(doses[-1])
        best = int(along[:, 0].argmax())
        turns = bool(high[-1] < TURNED * along[best, 0])
        whole = float(part.loc[part["dose"] == 0, "letter_mass"].iloc[0])
        gone = up["letter_mass"].to_numpy(np.float64) < LOST * whole
        lost = float(doses[int(gone.argmax())]) if gone.any() else float("nan")
        ends = (straight, bends, float(doses[best]), turns, lost, float(doses[-1]))
        rows.append((*run, slope, *ends))
    columns = ["slope", "straight", "bends", "best", "turns", "lost", "most"]
    return pd.DataFrame(rows, columns=[*RUN, "kind", *columns])


def beside_random(by_dose: pd.DataFrame) -> pd.DataFrame:
    """Return the loss of each run's vector beside that of random vectors of the same λ.

    Columns: model, concept, form, kind, multiplier, dose, `own`, `random` (nats a token).
    """
    here = by_dose[by_dose["chosen"]]
    keys = [*RUN, "kind", "multiplier"]
    own = here.loc[here["direction"] == CONTRASTIVE, [*keys, "dose", "loss"]]
    drawn = here.loc[here["direction"] == RANDOM, [*keys, "loss"]]
    both = own.rename(columns={"loss": "own"}).merge(drawn, on=keys)
    return both.rename(columns={"loss": "random"})


def _interval(values: np.ndarray) -> tuple[float, float]:
    if len(values) < 2:
        return float("nan"), float("nan")
    # Not `stats.t.interval`, which has no interval of values that are all the same.
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * stats.sem(values)
    return float(values.mean() - half), float(values.mean() + half)


def _with_kind(table: pd.DataFrame, cards: Iterable[RunCard]) -> pd.DataFrame:
    return table.assign(kind=table["concept"].astype("str").map(concept_kinds(cards)).astype("str"))
