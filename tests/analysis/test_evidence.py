"""How a verdict becomes a part of a card."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from steering.analysis.evidence import finding_of, known, number, one_of, rows_of
from steering.analysis.verdict import outcomes
from tests.support import carded


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_none(value: float | None) -> None:
    assert known(value) is None


def test_a_number_has_its_interval_and_what_it_is_of() -> None:
    row = {"a": 1, "a_low": math.nan, "a_high": 2.5}
    one = number(row, ("a", "a_low", "a_high"), "logits", {"n": 4.0})
    assert (one.value, one.low, one.high) == (1.0, None, 2.5)
    assert (one.unit, one.n, one.groups) == ("logits", 4, 0)


def test_verdicts_of_the_runs_form_alone_count() -> None:
    evidence = carded.evidence()
    rows = rows_of(evidence, outcomes.SHIFT)
    assert len(rows) == 4
    assert finding_of(rows[0], "", {}).subject == "BASE→USER_NEG"
    other = replace(evidence, verdicts=evidence.verdicts.assign(form="said"))
    assert rows_of(other, outcomes.SHIFT) == []
    assert one_of(other, outcomes.STEERING, "", {}) is None
    assert evidence.unit == "logits"
