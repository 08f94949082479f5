"""Batches: everything once, within the budget, cut as the costs say."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.errors import Refused
from steering.forward.batches import (
    FORWARDS_A_REQUEST,
    RESULT_BYTES,
    Batches,
    chunks,
    packed_batches,
    plain_batches,
    requests,
    run_all,
)
from steering.forward.packing import Tails, pack
from steering.models.costs import Costs

COSTS = Costs(alone=1000.0, seen=1.0)
PROMPTS = st.lists(
    st.lists(st.integers(1, 2), min_size=1, max_size=9).map(tuple), min_size=1, max_size=12
)


@settings(deadline=None, derandomize=True)
@given(PROMPTS, st.integers(1, 9), st.integers(1, 3), st.integers(1, 60))
def test_all_is_done_once_within_the_budget(prompts, copies, size, budget):
    for work in (
        packed_batches(prompts, copies, size, COSTS, budget),
        plain_batches(prompts, copies, size, COSTS, budget),
    ):
        assert sorted(at for group in work.prompts for at in group) == list(range(len(prompts)))
        assert [at for part in work.copies for at in range(copies)[part]] == list(range(copies))
    work = packed_batches(prompts, copies, size, COSTS, budget)
    for group in work.prompts:
        part = work.copies[0].stop
        tails = Tails([[[7] * size] * part for _ in group], ((-1,) * size,))
        packed = pack([prompts[at] for at in group], tails, work.slots)
        assert packed.input_ids.numel() <= budget or (len(group) <= work.slots and part <= copies)


def test_prompts_that_share_their_beginning_share_a_row():
    prompts = [(9, *range(10, 30), 1), (8, *range(40, 60), 1)]
    prompts += [(9, *range(10, 30), 2), (8, *range(40, 60), 2)]
    work = packed_batches(prompts, 2, 1, COSTS, 1000)
    assert work.slots >= 2
    assert {*work.prompts[0][:2]} in ({0, 2}, {1, 3})


def test_where_attention_is_dear_rows_are_short():
    prompts = [(1, *range(20 * at, 20 * at + 19)) for at in range(1, 5)]
    assert packed_batches(prompts, 2, 1, Costs(alone=1.0, seen=1000.0), 1000).slots == 1


@given(st.integers(1, 500), st.integers(1, 70))
def test_chunks(count, most):
    parts = chunks(count, most)
    sizes = [part.stop - part.start for part in parts]
    assert sum(sizes) == count
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert sizes[0] == max(sizes)


class Device:
    """Runs batches of at most so many prompts, and of so many copies."""

    def __init__(self, prompts: int, fail_at: int = -1):
        self.prompts, self.fail_at, self.done = prompts, fail_at, []

    def cut(self, left, budget):
        size = max(1, budget)
        groups = [tuple(range(len(left))[part]) for part in chunks(len(left), size)]
        return Batches(tuple(groups), (slice(0, 1),), 1)

    def run(self, work):
        (group,) = work.prompts
        if len(group) > self.prompts:
            raise torch.OutOfMemoryError("full")
        if len(self.done) == self.fail_at:
            raise KeyboardInterrupt
        self.done += group


def test_memory_that_fails_halves_the_budget_and_repeats_nothing():
    device = Device(prompts=3)
    run_all(20, 16, device.cut, device.run)
    assert sorted(device.done) == list(range(20))


def test_memory_that_holds_no_prompt_is_refused():
    device = Device(prompts=0)
    with pytest.raises(Refused, match="single prompt"):
        run_all(20, 16, device.cut, device.run)


def test_requests_are_a_few_forwards_and_bounded():
    groups = [tuple(range(at, at + 8)) for at in range(0, 80, 8)]
    work = Batches(tuple(groups), (slice(0, 5),), 4)
    asked = requests(work, groups, 100)
    assert [len(one) for one in asked] == [FORWARDS_A_REQUEST] * 2 + [2]
    assert [at for one in asked for group in one for at in group] == list(range(80))
    # Copies that are cut into many forwards leave room for one group in a request.
    many = Batches(tuple(groups), tuple(slice(at, at + 1) for at in range(9)), 4)
    assert [len(one) for one in requests(many, groups, 100)] == [1] * 10
    # A result that is too large for two rows of four comes in more, each of whole rows.
    large = requests(work, groups, RESULT_BYTES // 7)
    assert [[len(group) for group in one] for one in large] == [[4]] * 20
