"""Packing as such: whoever follows what a token sees, finds its own prompt, token by token."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.forward.packing import Tails, additive_mask, growth, lay_out, pack

PROMPTS = st.lists(
    st.lists(st.integers(1, 3), min_size=1, max_size=7).map(tuple), min_size=1, max_size=7
)
TREES = st.sampled_from([(-1,), (-1, -1), (-1, 0, 0), (-1, 0, 1, 0, 3)])


def tails_of(prompts, parents, copies):
    ids = [
        [[100 + 10 * copy + at for at in range(len(parents))] for copy in range(copies)]
        for _ in prompts
    ]
    return Tails(ids, parents)


def seen_by(packed, row, column):
    """The ids that a token sees, by position, each position once."""
    seen = packed.visible[row, column].nonzero().flatten()
    seen = seen[packed.position_ids[row, seen].argsort()]
    assert packed.position_ids[row, seen].tolist() == list(range(len(seen)))
    return packed.input_ids[row, seen].tolist()


@settings(deadline=None, derandomize=True)
@given(PROMPTS, TREES, st.integers(1, 3), st.sampled_from([1, 2, 4]))
def test_every_token_sees_its_own_line_and_nothing_else(prompts, parents, copies, slots):
    tails = tails_of(prompts, parents, copies)
    packed = pack(prompts, tails, slots)
    for at, prompt in enumerate(prompts):
        row, column = packed.ends[:, at].tolist()
        assert seen_by(packed, row, column) == list(prompt)
        for copy in range(copies):
            for token, chain in enumerate(tails.chains):
                row, column = packed.places[:, at, copy, token].tolist()
                line = [tails.ids[at][copy][each] for each in chain]
                assert seen_by(packed, row, column) == [*prompt, *line]
    places = packed.places.flatten(1).T.tolist()
    assert len({*map(tuple, places)}) == len(places)


@settings(deadline=None, derandomize=True)
@given(PROMPTS, TREES, st.integers(1, 3))
def test_laid_out_every_token_stands_behind_its_own_line(prompts, parents, copies):
    tails = tails_of(prompts, parents, copies)
    packed = lay_out(prompts, tails)
    assert packed.visible is None
    for at, prompt in enumerate(prompts):
        row, column = packed.ends[:, at].tolist()
        assert packed.input_ids[row, : column + 1].tolist() == list(prompt)
        for copy in range(copies):
            steered = {tuple(place) for place in packed.steered[:, at, copy].T.tolist()}
            for token, chain in enumerate(tails.chains):
                row, column = packed.places[:, at, copy, token].tolist()
                line = [tails.ids[at][copy][each] for each in chain]
                assert packed.input_ids[row, : column + 1].tolist() == [*prompt, *line]
                steered -= {(row, place) for place in range(len(prompt), column + 1)}
            assert not steered  # nothing else of the row


def test_what_is_shared_is_there_once():
    packed = pack([(1, 2, 3, 4), (1, 2, 9)], Tails([[[5]], [[6]]]), slots=2)
    assert packed.input_ids.tolist() == [[1, 2, 3, 4, 9, 5, 6]]
    assert packed.position_ids.tolist() == [[0, 1, 2, 3, 2, 4, 3]]


def test_a_window_counts_positions():
    packed = pack([(1, 2, 3)], Tails([[[5]] * 4]))
    mask = additive_mask(packed.visible, packed.position_ids, torch.float32, window=2)
    lowest = torch.finfo(torch.float32).min
    # The last copy stands in column 6, but right behind the prompt: it sees 3 and itself.
    assert mask[0, 0, 6].tolist() == [lowest, lowest, 0, lowest, lowest, lowest, 0]


@settings(deadline=None, derandomize=True)
@given(
    PROMPTS,
    TREES,
    st.sampled_from([1, 2, 4]),
    st.lists(st.sampled_from([None, 0, 1, 4]), min_size=1, max_size=5),
)
def test_a_copy_is_there_from_the_block_that_steers_it(prompts, parents, slots, steered_at):
    # Every copy of a prompt has the same tokens: only what is added to it makes it another.
    ids = [[[100 + at for at in range(len(parents))]] * len(steered_at) for _ in prompts]
    packed = pack(prompts, Tails(ids, parents), slots)
    stages = growth(packed, steered_at)
    assert [stage.layer for stage in stages] == sorted({-1, *steered_at} - {None})
    here = torch.arange(0)
    for stage in stages:
        columns = stage.columns.tolist()
        assert columns == sorted({*columns} | {*here.tolist()})
        for at in range(len(prompts)):
            for copy, layer in enumerate(steered_at):
                places = packed.places[1, at, copy].tolist()
                if layer is not None and layer <= stage.layer:
                    assert {*places} <= {*columns}
        # A token that is not new is itself; a new one has a twin with its id, place and sight.
        before = here[stage.before] if len(here) else stage.columns
        old = torch.isin(stage.columns, here)
        assert torch.equal(before[old], stage.columns[old])
        begun = stages[0].columns[stage.begun]
        for twin in (before, begun):
            assert torch.equal(packed.input_ids[:, twin], packed.input_ids[:, stage.columns])
            assert torch.equal(packed.position_ids[:, twin], packed.position_ids[:, stage.columns])
        here = stage.columns
    assert here.tolist() == list(range(packed.input_ids.shape[1]))
