"""What a measurement costs in time and memory, from the committed benchmark."""

from __future__ import annotations

import pandas as pd

ONE_LAYER = "one layer × 7 λ: "


CHOICES = ("prompts a row", "tokens a forward")


MANY = "100 vectors × 7 λ against 1 × 7 λ, one layer"


_GROWTH = "growth with "


_PRECISION = "bfloat16: "


def growth(table: pd.DataFrame) -> pd.DataFrame:
    """Return what grows with what: model, grown, x, value; one row a point."""
    chosen = table[table["measure"].str.startswith(_GROWTH)]
    grown = chosen["measure"].str.removeprefix(_GROWTH)
    return chosen.assign(grown=grown)[["model", "grown", "x", "value"]].reset_index(drop=True)


def choices(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the sizes of a batch cost: model, grown (which size), x, value, chosen.

    `chosen` is the size that was taken, NaN where none is named.
    """
    tried = table[table["measure"].isin(CHOICES)]
    sizes = table[table["measure"].str.endswith(": chosen")]
    names = sizes["measure"].str.removesuffix(": chosen")
    taken = sizes.assign(measure=names)[["model", "measure", "value"]]
    taken = taken.rename(columns={"value": "chosen"})
    both = tried.merge(taken, how="left", on=["model", "measure"])
    return both.rename(columns={"measure": "grown"})[["model", "grown", "x", "value", "chosen"]]


def times(table: pd.DataFrame) -> pd.DataFrame:
    """Return the time of seven λ at one layer by each way of measuring: model, way, value (ms)."""
    chosen = table[table["measure"].str.startswith(ONE_LAYER)]
    way = chosen["measure"].str.removeprefix(ONE_LAYER)
    return chosen.assign(way=way)[["model", "way", "value"]].reset_index(drop=True)


def precision(table: pd.DataFrame) -> pd.DataFrame:
    """Return what bfloat16 saves and spoils: model, quantity, value, unit."""
    chosen = table[table["measure"].str.startswith(_PRECISION)]
    quantity = chosen["measure"].str.removeprefix(_PRECISION)
    rows = chosen.assign(quantity=quantity)
    return rows[["model", "quantity", "value", "unit"]].reset_index(drop=True)


def reached(table: pd.DataFrame) -> pd.DataFrame:
    """Return the measures that had to reach something, with whether they did."""
    chosen = table[table["reach"].fillna("") != ""].copy()
    if chosen.empty:
        return chosen.assign(bound=pd.Series(dtype=float), reached=pd.Series(dtype=bool))
    kind, _, bound = zip(*(reach.partition(" ") for reach in chosen["reach"]), strict=True)
    bounds = pd.Series(list(map(float, bound)), index=chosen.index)
    least = pd.Series([one == ">=" for one in kind], index=chosen.index)
    above = chosen["value"] >= bounds
    done = above.where(least, chosen["value"] <= bounds)
    return chosen.assign(bound=bounds, reached=done).reset_index(drop=True)
