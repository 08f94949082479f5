"""The number of training groups that is left to the size of the model."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from steering.clone import measured_folder
from steering.measuring.capped import LARGE, MOST_OF_LARGE, is_capped, training_groups
from steering.measuring.plan import Plan


@dataclass(frozen=True)
class Sized:
    parameters: int


@pytest.mark.parametrize(
    ("plan", "parameters", "groups", "capped"),
    [
        (Plan(), LARGE, None, False),
        (Plan(), LARGE + 1, MOST_OF_LARGE, True),
        (Plan(train_groups=None), LARGE + 1, None, False),
        (Plan(train_groups=7), LARGE + 1, 7, False),
        (Plan(train_groups=7), LARGE, 7, False),
    ],
)
def test_only_a_large_model_is_limited_and_only_where_nothing_is_asked(
    plan, parameters, groups, capped
):
    model = Sized(parameters)
    assert training_groups(plan, model) == groups
    many, few = of_groups(MOST_OF_LARGE + 1), of_groups(MOST_OF_LARGE)
    assert is_capped(plan, model, many) == capped
    # Where there are no more, none are left out.
    assert not is_capped(plan, model, few)
    assert not is_capped(replace(plan, vector="given.gguf", vector_sha256="0"), model, many)


def of_groups(count: int) -> SimpleNamespace:
    """A concept of so many groups of training items, and of others."""
    train = [SimpleNamespace(split="train", group=str(at // 2)) for at in range(2 * count)]
    return SimpleNamespace(items=[*train, SimpleNamespace(split="test", group="other")])


def test_the_limit_lies_where_more_pairs_would_change_little():
    """The committed table: on average over draws, so many pairs give the slope of all of them.

    And another draw of them changes it by less than half of what another draw of the test questions
    does, or by less than a thousandth of a logit."""
    rows = json.loads((measured_folder() / "training-pairs.json").read_text())["rows"]
    limited = [row for row in rows if row["training_groups"] == MOST_OF_LARGE]
    assert len(limited) >= 3
    whole = {row["concept"]: row["slope"] for row in rows if row["vectors"] == 1}
    for row in limited:
        error = row["slope_deviation"] / row["vectors"] ** 0.5
        assert abs(row["slope"] - whole[row["concept"]]) < 3 * error
        assert row["slope_deviation"] < max(row["slope_error_of_test_groups"] / 2, 1e-3)
