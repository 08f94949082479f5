"""The table of what shifts leave, here and published: medians and quartiles, kinds apart."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis import published
from steering.analysis.brittleness import SHIFTS
from steering.analysis.verdict.outcomes import SHIFT
from steering.prose import words
from steering.prose.shares_left import beside_published, smaller_finding
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import standard_verdicts


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return standard_verdicts()


def test_published_shares_stand_beside_ours_by_kind(claims: pd.DataFrame) -> None:
    theirs = published.shares_left(published.steerability())
    ours = claims["concept"].isin(["strong", "weak"])
    mixed = claims.assign(kind=ours.map({True: OURS, False: PUBLIC}))
    said, _, header, _, *lines = beside_published(mixed, theirs).data.splitlines()
    assert "above 0.25, the paper's own bound" in said
    assert len(lines) == len(SHIFTS)
    assert header.count("published |") == 2
    llama = theirs[(theirs["model"] == published.LLAMA) & (theirs["shift"] == "BASE→USER_NEG")]
    cells = lines[0].strip("| ").split(" | ")
    assert cells[-2].startswith(f"median {words.share(llama['share'].median())} (quartiles ")
    assert cells[-2].endswith(f"n = {len(llama)}")
    two = mixed[ours & (mixed["subject"] == "BASE→USER_NEG")]["estimate"].sort_values()
    assert cells[1] == f"{' and '.join(words.share(value) for value in two)}; n = 2"


def test_without_shifts_it_says_so(claims: pd.DataFrame) -> None:
    theirs = published.shares_left(published.steerability())
    assert beside_published(claims[claims["claim"] != SHIFT], theirs).data.startswith("No shift")


def test_pairs_below_the_line_are_counted_by_model() -> None:
    columns = ["model", "in_distribution", "out_of_distribution"]
    rows = [("finch", 1.0, 0.5), ("finch", 1.0, 1.5), ("wren", -1.0, -2.0)]
    assert smaller_finding(pd.DataFrame(rows, columns=columns)) == (
        "Of the pairs of a data set and a shift, the mean slope is smaller out of distribution than"
        " in it in 1 of 2 in finch and 1 of 1 in wren."
    )
