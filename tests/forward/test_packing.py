"""Packing as such: whoever follows what a token sees, finds its own prompt, token by token."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.forward.packing import Tails, additive_mask, lay_out, pack

PROMPTS = st.lists(
    st.lists(st.integers(1, 3), min_size=1, max_size=7).map(tuple), min_size=1, max_size=7
)
TREES = st.sampled_from([(-1,), (-1, -1), (-1, 0, 0), (-1, 0, 1, 0, 3)])


def tails_of(prompts, parents, copies):
    ids = [
        [[100 + 10 * copy + at for at in range(len(parents))] for copy in range(copies)]
        for _ in prompts
    ]
    return Tails(ids, (parents,))


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
            for token, chain in enumerate(tails.chains[0]):
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
            for token, chain in enumerate(tails.chains[0]):
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
