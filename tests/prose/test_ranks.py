"""Rank correlations in words say what they cannot tell."""

from __future__ import annotations

import math

import pandas as pd

from steering.prose.ranks import ranks_by_kind
from steering.records.kinds import OURS, PUBLIC

COLUMNS = ["kind", "rho", "low", "high"]


def test_an_interval_that_holds_none_is_not_told_apart() -> None:
    rows = pd.DataFrame([(OURS, 0.9, 0.8, 0.95), (PUBLIC, 0.2, -0.4, 0.7)], columns=COLUMNS)
    assert ranks_by_kind(rows) == (
        "0.90 (0.80\u00a0to\u00a00.95) for concepts of ours and 0.20 (−0.40\u00a0to\u00a00.70), "
        "not told apart from none, for public data sets"
    )
    reverse = rows.assign(rho=-rows["rho"], low=-rows["high"], high=-rows["low"])
    assert ranks_by_kind(reverse).count("not told apart") == 1


def test_what_is_unknown_is_left_out() -> None:
    unknown = pd.DataFrame([(OURS, math.nan, math.nan, math.nan)], columns=COLUMNS)
    assert ranks_by_kind(unknown) == ""
