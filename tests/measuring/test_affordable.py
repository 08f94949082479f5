"""The sizes that fit a time: the order in which they are given up, and the least of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.errors import Refused
from steering.measuring.affordable import LEAST, affordable, duration, seconds_of
from steering.measuring.plan import Plan

MOST = {
    "wordings": 6, "train_groups": 100, "resampled_shift_vectors": 20, "subset_vectors": 16,
    "validation_groups": 80, "map_items": 20,
    "neutral_texts": 8,
    "resampled_vectors": 50, "random_vectors": 40, "test_groups": 50,
}  # fmt: skip
# A second for each of anything.
FULL = replace(Plan(), train_groups=None, validation_groups=None, wordings=6)


def cost(plan: Plan) -> float:
    sizes = ((getattr(plan, name), most) for name, most in MOST.items())
    return float(sum(min(most if size is None else size, most) for size, most in sizes))


def given_up(seconds: float) -> dict[str, int]:
    plan = affordable(FULL, MOST, seconds, cost)
    assert cost(plan) <= seconds
    return {
        name: getattr(plan, name) for name in LEAST if getattr(plan, name) != getattr(FULL, name)
    }


def test_what_fits_stays_as_it_was_asked_for():
    assert affordable(FULL, MOST, sum(MOST.values()), cost) == FULL


def test_sizes_are_given_up_one_after_the_other_and_no_more_than_is_needed():
    assert given_up(sum(MOST.values()) - 4) == {"wordings": 2}
    total = sum(MOST.values()) - MOST["wordings"]
    assert given_up(total - 30) == {"wordings": 0, "train_groups": 70}
    assert given_up(total - 80) == {"wordings": 0, "train_groups": 20}
    assert given_up(total - 85) == {
        "wordings": 0,
        "train_groups": 20,
        "resampled_shift_vectors": 15,
    }
    assert given_up(total - 101) == {
        "wordings": 0, "train_groups": 20, "resampled_shift_vectors": 0, "subset_vectors": 15,
    }  # fmt: skip
    assert given_up(total - 117) == {
        "wordings": 0, "train_groups": 20, "resampled_shift_vectors": 0, "subset_vectors": 0,
        "validation_groups": 79,
    }  # fmt: skip
    assert given_up(sum(LEAST.values())) == LEAST


def test_no_size_falls_below_its_least():
    for seconds in range(sum(LEAST.values()), sum(MOST.values()), 7):
        plan = affordable(FULL, MOST, seconds, cost)
        assert all((getattr(plan, name) or MOST[name]) >= least for name, least in LEAST.items())


def test_a_verdict_keeps_what_it_rests_on():
    assert {
        "test_groups": 20,
        "random_vectors": 20,
        "resampled_vectors": 20,
    }.items() <= LEAST.items()


def test_where_nothing_fits_the_least_time_is_named():
    with pytest.raises(Refused, match=r"in 60 seconds no .* about 2 minutes; name --time 2m"):
        affordable(FULL, MOST, 60.0, cost)


def test_what_there_is_little_of_is_not_given_up():
    few = {**MOST, "train_groups": 12}
    plan = affordable(FULL, few, cost(FULL) - 89, cost)
    assert plan.train_groups is None


def test_times_are_read_and_told():
    assert [seconds_of(text) for text in ("90s", "10m", "1.5h")] == [90.0, 600.0, 5400.0]
    for text in ("", "10", "m", "-3m", "0s", "tenm", "nans", "infh"):
        with pytest.raises(Refused, match="is no time: write it like 90s, 10m or 2h"):
            seconds_of(text)
    assert [duration(one) for one in (4.2, 89.0, 120.0, 7200.0)] == [
        "4 seconds", "89 seconds", "2 minutes", "2.0 hours",
    ]  # fmt: skip
