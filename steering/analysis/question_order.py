"""Which questions a vector moves least and most, over all models that were asked them."""

from __future__ import annotations

import pandas as pd

from steering.analysis.curves import CURVE_KEY, select

FEW = 5


def lowest_and_highest(
    questions: pd.DataFrame, curves: pd.DataFrame, few: int = FEW
) -> pd.DataFrame:
    """Return the few questions with the lowest slopes and the few with the highest.

    With several models a question stands by its mean rank over those that were asked it, so that a
    model with larger slopes does not decide alone.

    Args:
        questions: `analysis.variability.question_slopes` of one concept, in one model or several.
        curves: `analysis.curves.curve_table` of the same runs.
        few: how many questions there are of each.

    Returns:
        A row for each question and model, the lowest slopes first: `model`, `item`, `steerability`
        (both orders together), `first` and `second` (in either order), `outcome`, and `end`,
        "lowest" or "highest". A question stands in one of the two only.
    """
    ranks = questions.groupby("model")["steerability"].rank(pct=True)
    order = ranks.groupby(questions["item"]).mean().sort_values(kind="stable")
    few = min(few, len(order) // 2)
    ends = dict.fromkeys(order.index[:few], "lowest")
    ends |= dict.fromkeys(order.index[len(order) - few :], "highest")
    each = select(curves).pivot_table(
        index=["model", CURVE_KEY[0]], columns=CURVE_KEY[1], values="steerability"
    )
    each = each.reindex(columns=[0, 1]).set_axis(["first", "second"], axis="columns").reset_index()
    chosen = questions[questions["item"].isin(list(ends))].merge(each, how="left")
    places = {item: place for place, item in enumerate(ends)}
    chosen = chosen.assign(end=chosen["item"].map(ends), place=chosen["item"].map(places))
    columns = ["model", "item", "steerability", "first", "second", "outcome", "end"]
    return chosen.sort_values(["place", "model"], ignore_index=True, kind="stable")[columns]
