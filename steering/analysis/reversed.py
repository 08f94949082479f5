"""Questions that a vector reverses in both orders of their answers, and in both models.

A slope below zero in one order may come from noise or from a push towards a letter. Were the two
orders independent of each other, a question would be reversed in both as often as chance has it:
the product of the two shares. What lies above that belongs to the question.
"""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import each, effective_number, share_interval
from steering.analysis.verdict.outcomes import STEERING, is_moved, of_claim
from steering.analysis.verdict.question import reversed_in_both_orders
from steering.records.directions import CONTRASTIVE

_KEY = [*RUN_KEY, "form"]
_OF_ORDERS = ["questions", "first", "second", "both", "low", "high", "count", "expected"]
_OF_MODELS = ["questions", "x", "y", "both", "low", "high", "count", "expected"]


def where_moved(table: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of concepts whose vector moves the answer, by the table of verdicts.

    Where it does not, about half of the slopes are below zero whatever is asked.
    """
    steering = of_claim(verdicts, STEERING)
    moved = steering.loc[is_moved(steering["outcome"]), ["model", "concept"]].drop_duplicates()
    return table.merge(moved, on=["model", "concept"])


def in_both_orders(table: pd.DataFrame, *, by: tuple[str, ...] = tuple(RUN_KEY)) -> pd.DataFrame:
    """Return how many questions have a slope below zero in both orders of their answers.

    `table` is `curve_table(...)`. One row for each `by`: every concept, or ("model", "kind") for
    all concepts of a kind together.

    - `questions` of which both orders were measured, BASE→BASE
    - `first`, `second`: shares with a slope below zero where the positive answer is A, and B
    - `both`, `low`, `high`: share with a slope below zero in both, and its 95 % interval (Wilson,
      on an effective number that counts groups of test items and the spread between training pairs)
    - `count`: how many that are; `expected`: how many there would be if, within each concept, the
      two orders were independent of each other
    - `groups`, `vectors_resampled`
    """
    flags = _of_every_vector(table)
    if flags.empty:
        return pd.DataFrame(columns=[*by, *_OF_ORDERS, "groups", "vectors_resampled"])
    own = flags[flags["direction"] == CONTRASTIVE]
    concepts = own.groupby(_KEY, as_index=False).agg(
        first=("first", "mean"), second=("second", "mean"), n=("both", "size")
    )
    concepts["expected"] = concepts["n"] * concepts.pop("first") * concepts.pop("second")
    told = own.groupby(list(by), as_index=False, sort=False).agg(
        questions=("both", "size"),
        first=("first", "mean"),
        second=("second", "mean"),
        count=("both", "sum"),
    )
    expected = concepts.groupby(list(by), as_index=False)["expected"].sum()
    shares = training_pairs.shares(flags, "both", by).rename(columns={"share": "both"})
    shares = shares.drop(columns="n")
    columns = [*by, *_OF_ORDERS, "groups", "vectors_resampled"]
    return told.merge(expected, on=list(by)).merge(shares, on=list(by))[columns]


def in_both_models(table: pd.DataFrame, *, by: tuple[str, ...] = ("concept",)) -> pd.DataFrame:
    """Return how many questions are reversed in both orders in each of two models.

    `table` is `curve_table(...)`. One row for each pair of models and each kind and `by`: every
    concept, or () for all concepts of a kind together. Only questions that both models were asked
    count.

    - `questions`; `x`, `y`: shares of them reversed in both orders in the one and the other model
    - `both`, `low`, `high`: share reversed in both, and its 95 % interval (Wilson, on an effective
      number that counts groups of test items)
    - `count`: how many that are; `expected`: how many there would be if, within each concept, the
      two models were independent of each other
    """
    flags = reversed_in_both_orders(select(table))
    flags = flags.assign(group=flags["concept"].astype("str") + "/" + flags["group"].astype(str))
    pair_key = ["model_x", "model_y", "kind", *by]
    rows = []
    for one, other in combinations(dict.fromkeys(table["model"]), 2):
        x, y = (flags[flags["model"] == name] for name in (one, other))
        shared = ["concept", "kind", "form", "item", "group"]
        both = x[[*shared, "both"]].merge(y[[*shared, "both"]], on=shared, suffixes=("_x", "_y"))
        both = both.assign(model_x=one, model_y=other)
        rows += [(*key, *_of_two(part)) for key, part in each(both, pair_key)]
    return pd.DataFrame(rows, columns=[*pair_key, *_OF_MODELS])


def _of_every_vector(table: pd.DataFrame) -> pd.DataFrame:
    """Return the flags of the vector itself and of those of resampled training pairs.

    Groups carry the name of their concept, since numbers may repeat between concepts.
    """
    rows = training_pairs.beside_resampled(table)
    if rows.empty:
        return pd.DataFrame()
    named = ["direction", "number"]
    vector = rows.groupby(named, sort=False, observed=True, dropna=False).ngroup().rename("vector")
    names = rows[named].groupby(vector).first()
    flags = reversed_in_both_orders(
        rows.assign(direction=CONTRASTIVE, vector=vector), by=["vector"]
    )
    flags = flags.drop(columns="vector").assign(
        **{name: names[name].loc[flags["vector"]].array for name in named},
        group=flags["concept"].astype("str") + "/" + flags["group"].astype(str),
    )
    return flags


def _of_two(part: pd.DataFrame) -> tuple[float, ...]:
    x, y = part["both_x"], part["both_y"]
    both = x & y
    number = effective_number(both, part["group"])
    low, high = share_interval(float(both.mean()) * number, number)
    by_concept = part.groupby("concept").agg(n=("both_x", "size"), x=("both_x", "mean"))
    by_concept = by_concept.join(part.groupby("concept")["both_y"].mean().rename("y"))
    expected = float((by_concept["n"] * by_concept["x"] * by_concept["y"]).sum())
    return len(part), x.mean(), y.mean(), both.mean(), low, high, int(both.sum()), expected
