"""A persona in the prompt and the vector: the λ at which they do as much, and both together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.answering import unsteered
from steering.analysis.controls import TOWARDS
from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY, select
from steering.analysis.dose import Cards
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import LEVEL, Array, each, percentiles, resampled
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY

_EQUAL = ["equal", "equal_low", "equal_high", "dose", "dose_low", "dose_high", "reach"]
_EQUAL += ["bounded", "groups", "vectors_resampled"]
_PARTS = ("persona", "vector", "beyond", "together", "extra")


def equal_multipliers(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return at which λ the vector would move the answer as far as each persona in the prompt does.

    `table` is `curve_table(results)`. One row per model, concept and `persona` (a prompt setting;
    `towards` is 1 for the positive ones):

    - `equal`: the persona's mean change of the propensity, without a vector, over the vector's mean
      slope in BASE; `equal_low`, `equal_high`: Fieller's 95 % interval of that ratio, from the
      variances and the covariance of both over groups of test items, and of the slope over
      training pairs as well
    - `bounded`: whether the slope's own interval, by the same variance, leaves out zero. Where it
      does not, any λ, however large, may be the one, and the three numbers are NaN
    - `dose`, `dose_low`, `dose_high`: ‖λv‖ over the residual stream's norm ‖h‖, at each
    - `reach`: the largest λ that was measured: beyond it the line would have to hold on
    - `groups`, `vectors_resampled` (0: over test items alone)
    """
    rest = _at_zero(results)
    rows = training_pairs.beside_resampled(table)
    units = _doses_of_one(results.cards)
    found = []
    for (setting, side), change in _changes(rest).items():
        both = rows.merge(change.rename("change").reset_index(), on=RUN_CURVE_KEY)
        for key, part in each(both, RUN_KEY):
            columns = np.column_stack(
                [np.ones(len(part)), part["change"], part["steerability"].astype(float)]
            )
            drawn = training_pairs.drawn(part, columns)
            means = drawn.own[0, 1:] / drawn.own[0, 0]
            spread = np.cov((drawn.sums[:, 1:] / drawn.sums[:, :1]).T)
            ratio, bounded = fieller(means, spread, drawn.groups)
            unit, reach = units.get(key[:2], (math.nan, math.nan))
            dose = np.sort(np.abs(np.array(ratio[1:]) * unit))
            # An interval that holds zero begins at no dose at all.
            least = 0.0 if ratio[1] < 0 < ratio[2] else float(dose[0])
            doses = (abs(ratio[0]) * unit, least, float(dose[1]))
            counts = (reach, bounded, drawn.groups, drawn.vectors)
            found.append((*key, setting, side, *ratio, *doses, *counts))
    return pd.DataFrame(found, columns=[*RUN_KEY, "persona", "towards", *_EQUAL])


def fieller(means: Array, spread: Array, groups: int) -> tuple[tuple[float, ...], bool]:
    """Return the ratio of two means with its 95 % interval, and whether that is bounded.

    `means` holds numerator and denominator, `spread` their covariance matrix as draws of `groups`
    groups have it. Fieller, "Some problems in interval estimation" (J. R. Stat. Soc. B 16, 1954):
    the interval holds each ratio r for which numerator − r · denominator may be zero. It is bounded
    where the denominator's own interval leaves out zero; else all three numbers are NaN.
    """
    nothing = (math.nan,) * 3, False
    if groups < 2 or not np.isfinite(spread).all():
        return nothing
    t = stats.t.ppf((1 + LEVEL) / 2, groups - 1)
    above, below = means
    (vaa, vab), (_, vbb) = spread * groups / (groups - 1) * t**2
    a, b, c = below**2 - vbb, above * below - vab, above**2 - vaa
    if not a > 0:
        return nothing
    root = math.sqrt(max(0.0, b**2 - a * c))
    return (float(above / below), float((b - root) / a), float((b + root) / a)), True


def together(table: pd.DataFrame, results: Results, *, multiplier: float = 1.0) -> pd.DataFrame:
    """Return what each persona and the vector do by themselves and together, on the same questions.

    `table` is `curve_table(results)`. One row per model, concept and `persona`; each part is a mean
    change of the propensity, in logits (nats in free text), with `_low` and `_high`, its 95 %
    interval over groups of test items:

    - `persona_alone`: the persona without a vector, from BASE without one; `vector_alone`: the
      vector in BASE at λ = `multiplier` (at −`multiplier` for the negative persona)
    - `beyond`: what the vector at that λ adds to the persona alone
    - `together`: both, from BASE without either
    - `extra`: `beyond` − `vector_alone`, which is zero where the two add up
    - `n` (curves), `groups`

    A λ or a setting that was not measured has no rows.
    """
    still = _at_zero(results)
    # In one order of curves, so that none is looked up again.
    at = _steered(table, results, multiplier).reindex(still.index)
    group = select(table).set_index(RUN_CURVE_KEY)["group"].reindex(still.index)
    found = []
    for (setting, side), change in _changes(still).items():
        if (side, setting) not in at or (side, "BASE") not in at:
            continue
        vector = at[side, "BASE"] - still["BASE"]
        beyond = at[side, setting] - still[setting]
        parts = pd.DataFrame(
            {"persona": change, "vector": vector, "beyond": beyond, "together": change + beyond}
        )
        parts = parts.assign(extra=parts["beyond"] - parts["vector"], group=group).dropna()
        parts = parts.reset_index()
        found += [(*key, setting, side, *_of_parts(part)) for key, part in each(parts, RUN_KEY)]
    names = [f"{name}{end}" for name in _NAMES for end in ("", "_low", "_high")]
    return pd.DataFrame(found, columns=[*RUN_KEY, "persona", "towards", *names, "n", "groups"])


_NAMES = ("persona_alone", "vector_alone", "beyond", "together", "extra")


def _of_parts(part: pd.DataFrame) -> Iterator[Any]:
    values = part[list(_PARTS)].to_numpy(dtype=np.float64)
    sums, groups = resampled(np.column_stack([np.ones(len(values)), values]), part["group"])
    for at, mean in enumerate(values.mean(axis=0), start=1):
        yield float(mean)
        yield from percentiles(sums[:, at] / sums[:, 0], groups)
    yield from (len(values), groups)


def _at_zero(results: Results) -> pd.DataFrame:
    """Return the propensity of every curve without a vector, a column for each prompt setting."""
    return unsteered(results).pivot_table(
        index=RUN_CURVE_KEY, columns="prompt_setting", values="propensity"
    )


def _changes(rest: pd.DataFrame) -> dict[tuple[str, int], pd.Series]:
    return {
        (setting, side): (rest[setting] - rest["BASE"]).dropna()
        for setting, side in TOWARDS.items()
        if setting in rest and "BASE" in rest
    }


def _steered(table: pd.DataFrame, results: Results, multiplier: float) -> pd.DataFrame:
    """Return the propensities under the BASE vector, by the side of λ and the prompt setting."""
    curves = select(table, prompt_setting=None)[[*STEERABILITY_KEY, "kind"]]
    sweep = select(results.sweep, prompt_setting=None)
    sweep = sweep[sweep["multiplier"].isin([multiplier, -multiplier])]
    sweep = sweep[[*STEERABILITY_KEY, "multiplier", "propensity"]]
    points = curves.merge(sweep, on=list(STEERABILITY_KEY), validate="one_to_many")
    points = points.assign(side=np.sign(points["multiplier"]).astype(int))
    return points.astype({"prompt_setting": "str"}).pivot_table(
        index=RUN_CURVE_KEY, columns=["side", "prompt_setting"], values="propensity"
    )


def _doses_of_one(cards: Cards) -> dict[tuple[str, str], tuple[float, float]]:
    """Return ‖v‖ / ‖h‖ of each run at its chosen layer, and the largest λ that was measured."""
    doses = {}
    for card in cards:
        norm = card.get("residual_norm", math.nan)
        unit = float(card["vector_norms"]["BASE"]) / float(norm)
        most = max(abs(float(value)) for value in card["multipliers"])
        doses[card["model"]["name"], card["concept"]["name"]] = unit, most
    return doses
