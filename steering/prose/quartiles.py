"""Medians and quartiles in words: what is said of many values, in place of their extremes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from steering.prose.words import interval, number


def quartiles(values: Iterable[float], text: Callable[[float], str] = number) -> str:
    """Return the median and the quartiles of some values, as words.

    For example: "median 0.90 (quartiles 0.70 to 1.10)". The least and the greatest of many values
    say more about how many there are than about any of them, so they are not named. Of one or two
    values, and of values that are all the same, they are given as they are; missing values count
    for nothing. `text` writes a number.
    """
    known = pd.Series(list(values), dtype=float).dropna()
    if known.empty:
        return "unknown"
    if len(known) <= 2 or len({text(float(value)) for value in known}) == 1:
        return " and ".join(dict.fromkeys(text(float(value)) for value in sorted(known)))
    low, middle, high = (float(known.quantile(at)) for at in (0.25, 0.5, 0.75))
    return f"median {text(middle)} (quartiles {interval(low, high, text)})"
