"""Growth: a copy is there from the block that steers it on, and until then it has a twin."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.forward.growth import growth
from steering.forward.packing import Tails, pack
from tests.forward.test_packing import PROMPTS, TREES


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
    packed = pack(prompts, Tails(ids, (parents,)), slots)
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
