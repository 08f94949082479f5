"""Old names of a plan's fields: they work, and say what the new ones are."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from steering.measuring.plan import Plan
from steering.measuring.renamed import RENAMED

OLD = {
    "items": 3, "train_items": 4, "validation_items": 5, "other": "frugal", "unscaled": True,
    "answers": True,
}  # fmt: skip


@pytest.mark.parametrize("name", RENAMED)
def test_a_field_by_its_old_name_works_and_says_its_new_one(name):
    new = RENAMED[name]
    with pytest.warns(FutureWarning, match=rf"Plan\({name}=…\) is called {new} now") as warned:
        plan = Plan(**{name: OLD[name]})
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert plan == Plan(**{new: OLD[name]})
    assert getattr(plan, new) == OLD[name]


def test_several_old_names_work_at_once_and_new_ones_say_nothing(recwarn):
    assert Plan(test_groups=3) != Plan()
    replace(Plan(), own_norm=True)
    assert not recwarn
    with pytest.warns(FutureWarning) as warned:
        plan = Plan(seed=2, **OLD)
    assert len(warned) == len(OLD)
    assert plan == Plan(seed=2, **{RENAMED[name]: value for name, value in OLD.items()})
    assert {*RENAMED.values()} <= {field.name for field in fields(Plan)}
    assert not {*RENAMED} & {field.name for field in fields(Plan)}
