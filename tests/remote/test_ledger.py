"""The ledger: a request by what it asks, its job at a service, and its result once it is here."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from steering.errors import Refused
from steering.remote.ledger import Ledger, name_of
from steering.vectors.operators import add
from tests.support import toys

ONES = torch.ones(2, 3)


@pytest.mark.parametrize(
    "other",
    [
        [ONES, {1: (slice(0, 2), 3)}, False],
        [ONES, {1: (slice(0, 2), 2)}, None],
        [ONES, {2: (slice(0, 2), 2)}, False],
        [ONES, {1: (slice(0, 3), 2)}, False],
        [ONES.T, {1: (slice(0, 2), 2)}, False],
        [ONES.bfloat16(), {1: (slice(0, 2), 2)}, False],
        [2 * ONES, {1: (slice(0, 2), 2)}, False],
        [ONES, {1: (slice(0, 2), 2)}],
        [[ONES, {1: (slice(0, 2), 2)}, False]],
    ],
)
def test_a_name_stands_for_all_that_was_asked(other):
    asked = [ONES, {1: (slice(0, 2), 2)}, False]
    assert name_of(*asked) == name_of(*[ONES.clone(), {1: (slice(0, 2), 2)}, False])
    assert name_of(*other) != name_of(*asked)


def test_what_is_no_part_of_a_request_is_not_passed_over():
    with pytest.raises(TypeError, match="Path cannot be part of a request"):
        name_of([Path()])


def test_the_ledger_gives_back_what_was_kept(tmp_path):
    ledger = Ledger(tmp_path)
    whole = torch.arange(12.0).view(3, 4)
    found = {"results": [[whole[:, 1], torch.tensor([True])] for _ in range(11)], "last": whole}
    ledger.sent("a", "http://here", "job")
    assert ledger.job("a", "http://here") == "job"
    assert ledger.job("a", "http://there") is None
    assert (ledger.waiting(), ledger.answered()) == (1, 0)
    ledger.keep("a", found)
    assert (ledger.waiting(), ledger.answered()) == (0, 1)
    kept = Ledger(tmp_path).result("a")
    assert kept is not None
    torch.testing.assert_close(kept, found, rtol=0, atol=0)
    assert ledger.result("b") is None
    with pytest.raises(Refused, match="sent a str where only tensors were asked for"):
        ledger.keep("b", {"results": "x"})


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger = Ledger()
    ledger.sent("a", "http://here", "job")
    ledger.keep("a", {"results": ONES})
    assert ledger.result("a") is None
    assert ledger.job("a", "http://here") is None
    assert list(tmp_path.iterdir()) == []


def test_a_function_is_asked_by_what_it_does():
    def same(hidden, vector, multiplier):
        """Say so in other words."""
        return hidden + multiplier * vector

    assert name_of(add) == name_of(add)
    assert name_of(add) != name_of(toys.replacing)
    assert name_of([ONES, add]) != name_of([ONES, same])
