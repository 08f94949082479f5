"""Tables like those of `make calibration`, small enough to be read."""

from __future__ import annotations

import math

import pandas as pd

_CASE = {
    "rate": "claims",
    "family": 1,
    "replicates": 1000,
    "size": math.nan,
    "nominal": 0.05,
    "true": False,
    "setting": "50 groups of 1 question",
}


def some_claims(worst: tuple[float, float, float] = (0.052, 0.04, 0.067)) -> pd.DataFrame:
    made = ("made", "low", "high")
    true = {"true": True, "nominal": math.nan, "case": "pairs vary"}
    rows = [
        {"claim": "moves", "case": "a random vector"} | dict(zip(made, worst, strict=True)),
        {"claim": "moves", "case": "a random vector", "setting": "10 groups", "made": 0.02}
        | {"low": 0.01, "high": 0.03},
        {"claim": "moves", "case": "none of 27", "family": 27, "rate": "false discoveries"}
        | {"made": 0.01, "low": 0.005, "high": 0.02},
        {"claim": "loses", "case": "0.8 is left", "nominal": 0.025, "size": 0.8}
        | {"made": 0.02, "low": 0.01, "high": 0.03},
        *(
            {"claim": "moves", **true, "size": size, "made": rate, "low": rate, "high": rate}
            for size, rate in ((1.0, 0.1), (3.0, 0.85), (6.0, 1.0))
        ),
        {"claim": "loses", **true, "case": "the share that is left", "size": 0.5}
        | {"made": 0.3, "low": 0.3, "high": 0.3},
    ]
    return pd.DataFrame([_CASE | row for row in rows])


def some_intervals() -> pd.DataFrame:
    rows = [
        ("mean slope", "5 groups", 5, 0, math.nan, 0.88),
        ("mean slope", "50 groups", 50, 0, math.nan, 0.95),
        ("median slope", "8 groups", 8, 0, math.nan, 0.94),
        ("median slope", "50 groups, a shift", 50, 5, 0.8, 0.76),
    ]
    columns = ["quantity", "setting", "groups", "resampled", "size", "coverage"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(low=table["coverage"] - 0.01, high=table["coverage"] + 0.01)
