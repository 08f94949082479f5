"""Effects of differences between protocols: planted ones are found, and no others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis import protocols
from steering.analysis.protocols import claimed, effects
from steering.records.protocol_effects import CONTRACT, NUMBERS

CONCEPTS = ("one", "two", "three")


def drawn(seed, changes=None, *, groups=20, tests=None):
    """Slopes under two ways of asking; `changes` turns the first side's into the second's.

    Both sides have the questions' own slopes, and noise of their own.
    """
    generator = np.random.default_rng(seed)
    rows = []
    for concept in CONCEPTS:
        own = generator.normal(1.0, 1.0, groups)
        for option in ("", "orders"):
            for setting, left in (("BASE", 1.0), ("USER_NEG", 0.5)):
                for item in range(groups) if tests is None else tests[option]:
                    for order in (0, 1):
                        slope = left * own[item] + generator.normal(0, 0.3)
                        if option and changes is not None:
                            slope = changes(slope, setting)
                        rows.append((concept, f"g{item}", item, order, setting, slope, option))
    names = ["concept", "group", "item", "order", "prompt_setting", "steerability", "option"]
    return pd.DataFrame(rows, columns=names).assign(model="wren", protocol="clean")


def found(slopes):
    table = effects(slopes)
    CONTRACT.validate(table)
    return table.set_index("number")


def test_numbers_are_those_of_a_plain_computation():
    slopes = drawn(1, lambda slope, _: slope + 0.5)
    table = found(slopes)
    assert [*table.index] == [*NUMBERS]
    home = slopes[slopes["prompt_setting"] == "BASE"].groupby(["option", "concept"])
    mean = home["steerability"].mean().groupby("option").mean()
    below = home["steerability"].agg(lambda s: (s < 0).mean()).groupby("option").mean()
    spread = home["steerability"].agg(lambda s: s.std(ddof=0)).groupby("option").mean()
    away = slopes[slopes["prompt_setting"] == "USER_NEG"].groupby(["option", "concept"])
    left = away["steerability"].mean().groupby("option").mean() / mean
    for number, values in {"mean": mean, "reversed": below, "spread": spread, "ood": left}.items():
        assert table.loc[number, "before"] == pytest.approx(values[""])
        assert table.loc[number, "after"] == pytest.approx(values["orders"])
        assert table.loc[number, "difference"] == pytest.approx(values["orders"] - values[""])
    assert table["questions"].eq(60).all()
    assert table["concepts"].eq(3).all()


def test_a_planted_difference_is_claimed_and_what_it_leaves_alone_is_not():
    table = found(drawn(2, lambda slope, _: slope - 1))
    said = claimed(table.reset_index()).set_axis(table.index)
    assert said["mean"]
    assert said["reversed"]
    assert not said["spread"]
    assert not said["ranks"]
    assert table.loc["mean", "low"] < -1 < table.loc["mean", "high"]


def test_what_is_left_under_a_persona_is_found_by_itself():
    table = found(drawn(3, lambda slope, setting: slope * (2 if setting == "USER_NEG" else 1)))
    said = claimed(table.reset_index()).set_axis(table.index)
    assert said["ood"]
    assert not said["mean"]
    assert table.loc["ood", "after"] == pytest.approx(2 * table.loc["ood", "before"], rel=0.3)


def test_nothing_is_left_of_a_mean_that_may_be_zero():
    slopes = drawn(6, lambda slope, _: slope - 1)
    table = found(slopes)
    assert np.isnan(table.loc["ood", ["before", "after", "difference", "p"]].astype(float)).all()
    assert table.loc["mean", "after"] == pytest.approx(0, abs=0.4)


def test_an_order_of_questions_turned_round_is_one_less_two():
    table = found(drawn(4, lambda slope, _: -slope))
    assert table.loc["ranks", "after"] < -0.8
    assert found(drawn(4))["after"]["ranks"] > 0.8


def test_pairing_makes_intervals_narrower_than_those_of_other_questions():
    same = found(drawn(5)).loc["mean"]
    apart = found(drawn(5, groups=40, tests={"": range(20), "orders": range(20, 40)})).loc["mean"]
    assert same["high"] - same["low"] < 0.5 * (apart["high"] - apart["low"])
    assert np.isnan(found(drawn(5, groups=40, tests={"": range(20), "orders": range(20, 40)}))
                    .loc["ranks", "after"])  # fmt: skip


@pytest.mark.parametrize("apart", [False, True], ids=["same questions", "other questions"])
def test_where_nothing_differs_hardly_anything_is_claimed(apart, monkeypatch):
    monkeypatch.setattr(protocols, "DRAWS", 300)
    tests = {"": range(20), "orders": range(10, 30)} if apart else None
    worlds = [drawn(seed, groups=30, tests=tests) for seed in range(120)]
    tables = [effects(world) for world in worlds]
    false = np.mean([claimed(table).any() for table in tables])
    covered = np.mean([((t["low"] <= 0) & (t["high"] >= 0))[:4].mean() for t in tables])
    # Five per cent of tables at most, three standard errors of 120 of them above.
    assert false <= 0.11
    assert covered >= 0.90
