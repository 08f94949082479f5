"""Ways at equal cost: planted gains are found, and nulls are claimed at their nominal rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.operators import ALIKE, LESS, MORE, beside_adding, gains
from steering.clone import measured_folder
from steering.records.operators import read_operators

WAYS = (("clamp", "mean"), ("affine", "mean"), ("add", "logistic"))


def points(shifts, *, concepts=15, noise=0.3, seed=0, sign=1.0):
    """Effects of adding about 2 logits, and of other ways so much more, on each concept."""
    draw = np.random.default_rng(seed)
    rows = []
    for at in range(concepts):
        adding = sign * (2 + 0.5 * draw.standard_normal())
        tried = [(("add", "mean"), adding)]
        tried += [
            (way, adding + sign * shift + noise * draw.standard_normal())
            for way, shift in zip(WAYS, shifts, strict=True)
        ]
        for (operator, maker), effect in tried:
            rows.append(
                {
                    "model": "m", "concept": f"c{at}", "kind": "concepts of ours",
                    "form": "chosen", "operator": operator, "maker": maker, "effect": effect,
                    "low": effect - 0.2, "high": effect + 0.2,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_planted_gains_are_found_whichever_way_the_vector_pushes(sign):
    table = beside_adding(points((1.0, 0.0, -1.0), sign=sign)).set_index(["operator", "maker"])
    assert table.loc[("clamp", "mean"), "outcome"] == MORE
    assert table.loc[("add", "logistic"), "outcome"] == LESS
    assert table.loc[("clamp", "mean"), "difference"] == pytest.approx(1.0, abs=0.3)
    assert table.loc[("clamp", "mean"), "relative"] == pytest.approx(0.5, abs=0.2)
    assert {*table["n"]} == {15}


def test_ways_that_do_as_much_are_seldom_told_apart():
    told = [
        (beside_adding(points((0.0, 0.0, 0.0), seed=seed))["outcome"] != ALIKE).any()
        for seed in range(200)
    ]
    # A family of three at 5 %: with 200 draws, 9 % would be two and a half errors above.
    assert np.mean(told) <= 0.09


def test_intervals_hold_the_truth():
    held = []
    for seed in range(100):
        row = beside_adding(points((0.4, 0.0, 0.0), seed=seed)).iloc[0]
        held.append(row["low"] <= 0.4 <= row["high"])
    assert 0.88 <= np.mean(held) <= 1.0


def test_concepts_that_adding_does_not_move_do_not_count():
    table = points((1.0, 0.0, 0.0))
    still = (table["concept"] == "c0") & (table["operator"] == "add") & (table["maker"] == "mean")
    table.loc[still, ["effect", "low", "high"]] = [0.05, -0.2, 0.3]
    assert {*beside_adding(table)["n"]} == {14}
    assert "c0" not in set(gains(table)["concept"])


def test_on_few_concepts_nothing_is_claimed():
    table = beside_adding(points((5.0, 5.0, 5.0), concepts=4))
    assert {*table["outcome"]} == {ALIKE}
    assert table["p"].isna().all()
    assert beside_adding(points((0.0, 0.0, 0.0))[:0]).empty


@pytest.mark.parametrize("model", ["wren", "linnet"])
def test_where_adding_was_planted_nothing_is_claimed_to_do_more(model):
    """No operator has anything to gain in these models: see the tests of operators."""
    table = beside_adding(read_operators(measured_folder(), model))
    assert len(table) >= 7
    assert (table["n"] >= 12).all()
    assert MORE not in {*table["outcome"]}
