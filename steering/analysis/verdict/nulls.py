"""A vector's mean beside what chance gives: the test that several claims share.

Two nulls say what chance gives. *Random vectors* of the same norm show what any push of that size
does. Vectors of *shuffled labels*, made from the same training pairs with the roles of the answers
drawn by a coin, show what such pairs give when they hold nothing of the concept. Under either, mean
slopes are nearly normal about zero (see `statistics.chance`); their spread is estimated from as
many vectors as were measured, so that the reference is Student's t. The larger of the two p counts.

Where the vector was given as a file, the pairs that it was made from are unknown. It is then held
to random vectors alone, and its interval is over groups of test items alone: both say less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from scipy import stats

from steering.analysis.curves import is_given
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.chance import FEWEST, spreads
from steering.analysis.statistics.groups import LEVEL
from steering.analysis.verdict.outcomes import PAIRS_UNKNOWN
from steering.records.directions import CONTRASTIVE, CROSSED, PLANTED, RANDOM, SHUFFLED

# With fewer groups of test items, or fewer vectors of a kind (`chance.FEWEST`), nothing is claimed.
FEWEST_GROUPS = 10
VECTORS = {
    RANDOM: "random vectors",
    SHUFFLED: "vectors of shuffled labels",
    "vectors_resampled": "vectors of resampled training pairs",
}


def beside_nulls(
    rows: pd.DataFrame, value: str, by: Sequence[str], *, direction: str = CONTRASTIVE
) -> pd.DataFrame:
    """Return the mean of `value` under a vector, beside what the two nulls give.

    `rows` holds those of the vector, of its resampled vectors, and of the random and shuffled ones.
    One row for each `by`: `estimate`, `low`, `high` (95 %, over groups of test items and training
    pairs), `n`, `groups`, `vectors_resampled`; for each null the number of its vectors (`random`,
    `shuffled`), its `random_spread` or `shuffled_spread` (root mean square of the vectors' means)
    and its p; `p`, the larger; `least`, the smallest mean that would have been told from chance by
    itself; `alone`, whether the vector is held to random vectors alone; `reason`, which says what
    is lacking for a claim, and is empty where nothing is.

    The planted direction is made from no training pairs, those of a given vector are unknown, and
    of the vector that is read in the other form none are resampled: these are held to random
    vectors alone.
    """
    own = rows[(rows["direction"] == direction) | _made_beside(rows, direction)]
    effects = training_pairs.means(own, value, by)
    effects = effects.rename(columns={"mean": "estimate"}).drop(columns=["sd", "sd_low", "sd_high"])
    held_alone = direction in (PLANTED, CROSSED)
    effects = effects.assign(alone=held_alone or is_given(effects, rows, by))
    kinds = [RANDOM] if held_alone else [RANDOM, SHUFFLED]
    for kind in kinds:
        effects = effects.merge(spreads(rows, value, by, kind), how="left", on=list(by))
        effects[kind] = effects[kind].fillna(0).astype(int)
        effects[f"p_{kind}"] = tail(effects["estimate"], effects[f"{kind}_spread"], effects[kind])
    larger = effects[[f"p_{kind}" for kind in kinds]].max(axis=1, skipna=False)
    effects["p"] = larger.where(~effects["alone"], effects[f"p_{RANDOM}"])
    half = (effects["high"] - effects["low"]) / 2
    reach = {
        kind: effects[f"{kind}_spread"] * stats.t.ppf((1 + LEVEL) / 2, effects[kind].clip(lower=1))
        for kind in kinds
    }
    others = [one.where(~effects["alone"], reach[RANDOM]) for one in reach.values()]
    least = pd.concat([*others, half], axis=1).max(axis=1, skipna=False)
    reasons = [lacking(row) for row in effects.to_dict("records")]
    effects = effects.assign(least=least, reason=reasons)
    return effects.assign(p=effects["p"].where(effects["reason"] == ""))


def tail(value: pd.Series, spread: pd.Series, freedom: pd.Series) -> pd.Series:
    """Return the two-sided p of values under a zero-mean normal whose spread was estimated.

    The reference is Student's t with as many degrees of freedom as there were vectors.
    """
    distance = (value.abs() / spread.where(spread > 0)).astype(float)
    p = 2 * stats.t.sf(distance.fillna(0.0), freedom.astype(float).clip(lower=1))
    return pd.Series(p, index=value.index).where(distance.notna())


def leaves_out_zero(table: pd.DataFrame) -> pd.Series:
    """Return where the interval `low` to `high` leaves out zero."""
    return (table["low"] > 0) | (table["high"] < 0)


def with_pairs_unknown(tests: pd.DataFrame, reason: pd.Series) -> pd.Series:
    """Return the reasons, and `PAIRS_UNKNOWN` where a contrastive vector's claim rests on less.

    `tests` is the table of `beside_nulls`, with `direction`.
    """
    rests_on_less = tests["alone"] & (tests["direction"] == CONTRASTIVE)
    return reason.where((reason != "") | ~rests_on_less, PAIRS_UNKNOWN)


def lacking(row: Mapping[Any, Any]) -> str:
    """Return what a row of `beside_nulls` lacks for a claim, in words; empty where nothing is."""
    kinds = [RANDOM] if row.get("alone") else list(VECTORS)
    needed = [("groups", FEWEST_GROUPS, "groups of test items")]
    needed += [(kind, FEWEST, VECTORS[kind]) for kind in kinds]
    for name, least, what in needed:
        if not row.get(name, 0) >= least:
            return f"{int(row.get(name, 0))} {what}, and at least {least} are needed"
    return ""


def _made_beside(rows: pd.DataFrame, direction: str) -> pd.Series:
    beside = training_pairs.is_resampled(rows["direction"])
    return beside if direction == CONTRASTIVE else beside & False
