"""The report's main findings as one table: a row for each finding, model and kind of concept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis import published
from steering.analysis.decomposition import decomposition
from steering.analysis.reversed import in_both_orders, where_moved
from steering.analysis.statistics.groups import each
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    LETTER,
    MOVES,
    PROMPT_FIRST,
    PROMPTING,
    QUESTION,
    SHIFT,
    STEERING,
    TOO_LITTLE,
    TOWARDS_A,
    TOWARDS_B,
    is_moved,
    of_claim,
)
from steering.records.tables import TODAY

# What a row is about. All but the first are told of vectors that move the answer, alone.
MOVED = "moved"  # on how many concepts the vector moves the average answer
WRONG = "wrong"  # how many single questions the vector moves the wrong way, by their verdicts
REVERSED = "reversed"  # the share of questions that are reversed in both orders
PROMPTED = "prompted"  # by how many logits a persona in the prompt is ahead of the vector
LEFT = "left"  # the share of the mean slope that another prompt leaves
BY_LETTER, BY_WORD = "letter", "word"  # the share of the variance of slopes that goes with it
COLUMNS = ["finding", "model", "kind", "value", "low", "high", "count", "of", "expected"]
PUBLISHED = "published"  # the kind of what the paper reports
_BY = ["model", "kind"]
_FEW_DRAWS = 2  # intervals of single concepts are not read here


def findings(curves: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return what was found in each model, concepts of each kind apart; see `COLUMNS`.

    `curves` is `curve_table(...)`, `verdicts` the table of verdicts; questions with lettered
    answers count. By `finding`:

    - `MOVED`: `count` of `of` concepts whose vector moves the answer; `value` is their share
    - `WRONG`: `count` of `of` questions that the vector moves the wrong way, by the verdict on
      each; `value` is their share
    - `REVERSED`: `value`, `low`, `high` of `reversed.in_both_orders` (share, 95 %), `count` of `of`
      questions, and how many `expected` if the two orders were independent
    - `PROMPTED`: median and quartiles of how far personas are ahead of the vector at λ = 1, in
      logits; `count` of `of` cases in which the prompt does more, by its verdict
    - `LEFT`: median and quartiles of the share of the mean slope that is left under a shift;
      `count` of `of` pairs of a concept and a shift that lose part of the effect, by their verdict
    - `BY_LETTER`, `BY_WORD`: median and quartiles over concepts of the share of the variance of
      slopes that goes with the letter, and what the word (Yes, No) adds; for the letter, `count` of
      `of` concepts whose vector pushes towards a letter, by its verdict

    A finding of which a model has nothing has no row.
    """
    own = verdicts[verdicts["form"].astype("str") == TODAY["form"]]
    lettered = curves[curves["form"].astype("str") == TODAY["form"]]
    moved = where_moved(lettered, own)
    told = own.merge(moved[["model", "concept"]].drop_duplicates(), on=["model", "concept"])
    parts = [
        _counted(of_claim(own, STEERING), MOVED, MOVES),
        _counted(of_claim(told, QUESTION), WRONG, outcomes.REVERSED),
        _reversed(moved),
        _spread(of_claim(told, PROMPTING), PROMPTED, [PROMPT_FIRST]),
        _spread(of_claim(told, SHIFT), LEFT, [BRITTLE]),
        _variance(moved, of_claim(told, LETTER)),
    ]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def published_findings() -> pd.DataFrame:
    """Return the paper's numbers in the columns of `findings`; their kind is `PUBLISHED`.

    `REVERSED` is the mean share of single inputs below zero, each in one order of its answers, with
    quartiles over data sets. The others are medians and quartiles over data sets (and shifts).
    """
    items = published.items()
    rows = [
        _row(REVERSED, published.LLAMA, items["anti_steerable"], value="mean"),
        _row(BY_LETTER, published.LLAMA, items["a_b"] / items["variance"]),
        _row(BY_WORD, published.LLAMA, items["yes_no"] / items["variance"]),
    ]
    shares = published.shares_left(published.steerability())
    rows += [_row(LEFT, str(model), part["share"]) for (model,), part in each(shares, ["model"])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    finding: str, model: str, values: pd.Series, *, value: str = "median"
) -> dict[str, object]:
    ends = {"low": values.quantile(0.25), "high": values.quantile(0.75)}
    middle = {"value": values.agg(value), "of": len(values)}
    missing = {"count": np.nan, "expected": np.nan}
    return {"finding": finding, "model": model, "kind": PUBLISHED, **middle, **ends, **missing}


def _counted(judged: pd.DataFrame, finding: str, outcome: str) -> pd.DataFrame:
    """Return how many verdicts have an outcome; those that had too little data do not count."""
    known = judged[judged["outcome"] != TOO_LITTLE]
    counts = known.assign(chosen=known["outcome"] == outcome).groupby(
        _BY, as_index=False, sort=False
    )
    table = counts.agg(count=("chosen", "sum"), of=("chosen", "size"))
    return _whole(table.assign(finding=finding, value=table["count"] / table["of"]))


def _reversed(moved: pd.DataFrame) -> pd.DataFrame:
    both = in_both_orders(moved, by=("model", "kind"))
    both = both.rename(columns={"both": "value", "questions": "of"})
    return _whole(both.assign(finding=REVERSED))


def _spread(judged: pd.DataFrame, finding: str, outcomes: list[str]) -> pd.DataFrame:
    """Return the median and the quartiles of verdicts' estimates, and how many have an outcome."""
    known = judged[judged["estimate"].notna()]
    known = known.assign(chosen=known["outcome"].isin(outcomes))
    by = known.groupby(_BY, as_index=False, sort=False)
    table = by.agg(count=("chosen", "sum"), of=("chosen", "size"))
    return _whole(table.merge(_quartiles(known, "estimate")).assign(finding=finding))


def _variance(moved: pd.DataFrame, letters: pd.DataFrame) -> pd.DataFrame:
    if moved.empty:
        return pd.DataFrame(columns=COLUMNS)
    shares = decomposition(moved, draws=_FEW_DRAWS)
    shares = shares[(shares["method"] == "sequential") & shares["share"].notna()]
    pushed = letters.assign(pushed=letters["outcome"].isin([TOWARDS_A, TOWARDS_B]))
    pushed = pushed.groupby(_BY, as_index=False).agg(count=("pushed", "sum"), of=("pushed", "size"))
    parts = []
    for factor, finding in (("A/B", BY_LETTER), ("Yes/No", BY_WORD)):
        of_factor = shares[shares["factor"] == factor]
        table = _quartiles(of_factor, "share").merge(pushed, how="left", on=_BY)
        if finding == BY_WORD:
            sizes = of_factor.groupby(_BY, as_index=False).agg(of=("share", "size"))
            table = table.drop(columns=["count", "of"]).merge(sizes, on=_BY)
        parts.append(_whole(table.assign(finding=finding)))
    return pd.concat(parts, ignore_index=True)


def _quartiles(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    by = rows.groupby(_BY, sort=False)[column]
    ends = {"value": by.median(), "low": by.quantile(0.25), "high": by.quantile(0.75)}
    return pd.DataFrame(ends).reset_index()


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in the columns of all findings, those that it lacks missing."""
    return table.reindex(columns=COLUMNS).astype(
        dict.fromkeys(["value", "low", "high", "count", "of", "expected"], float)
    )


def moving_concepts(concepts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `variability.by_concept` whose vector moves the answer, by the outcome."""
    return concepts[is_moved(concepts["outcome"]) & concepts["reversed"].notna()]
