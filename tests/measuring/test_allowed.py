"""What a plan may ask for: each value that makes no sense is refused by its name."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.measuring.allowed import AUTO
from steering.measuring.plan import Plan


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"multipliers": (1.0, 0.0)}, "make no propensity curve"),
        ({"multipliers": (0.5, 1.0, 1.5)}, "0 among them"),
        ({"multipliers": (0.0, 1.0, float("inf"))}, "are not all finite numbers"),
        ({"settings": ("SYS_POS",)}, "lack BASE"),
        ({"settings": "('BASE',)"}, "settings is the text .* a list is needed"),
        ({"settings": ("BASE", "LOUD")}, "there is no prompt setting 'LOUD': allowed are BASE, S"),
        ({"multipliers": "(-1, 0, 1)"}, "multipliers is the text .* a list is needed"),
        ({"test_groups": 0}, "test_groups is 0"),
        ({"train_groups": -1}, "train_groups is -1"),
        ({"train_groups": "few"}, "train_groups is few"),
        ({"validation_groups": 0}, "validation_groups is 0"),
        ({"per_group": 0}, "per_group is 0"),
        ({"resampled_vectors": -1}, "resampled_vectors is -1"),
        ({"neutral_texts": -1}, "neutral_texts is -1: allowed are whole numbers from 0 up"),
        ({"wide_groups": 0}, "wide_groups is 0: allowed are whole numbers from 1 up"),
        ({"wordings": -1}, "wordings is -1: allowed are whole numbers from 0 up"),
        ({"cost_limit": 0.0}, "cost_limit is 0.0: allowed are numbers of nats above 0"),
        ({"cost_limit": float("nan")}, "cost_limit is nan"),
        ({"layers": ()}, "no layer is named"),
        ({"operator": "subtract"}, "there is no operator 'subtract': allowed are add"),
        ({"maker": "median"}, "there is no maker 'median': allowed are mean"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        Plan(**changes)
    assert "\n" not in str(refused.value)


def test_what_makes_sense_is_allowed():
    for groups in (AUTO, None, 1):
        assert Plan(train_groups=groups, validation_groups=None).train_groups == groups
