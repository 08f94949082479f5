"""What goes into a forward pass: ids, positions and masks, also where columns are added midway."""

from __future__ import annotations

import pytest
import torch

from steering.forward.feeding import ending, fed, moved, regrown
from steering.forward.growth import growth
from steering.forward.packing import Tails, pack

PACKED = pack([[6, 7, 8, 9], [6, 7, 11]], Tails([[[20]] * 3, [[21]] * 3]), slots=2)
TOKENS = PACKED.input_ids, PACKED.position_ids, PACKED.visible
HERE = torch.device("cpu"), torch.float32


def test_a_plain_input_has_no_mask_of_ours():
    inputs, masks = fed((PACKED.input_ids, None, None), (None, None), HERE, {})
    assert torch.equal(inputs["input_ids"], PACKED.input_ids)
    assert inputs["attention_mask"].all()
    assert masks == {}


@pytest.mark.parametrize("window", [None, 2])
def test_a_mask_lets_through_what_is_visible_and_near(window):
    inputs, masks = fed(TOKENS, (window, window), HERE, {})
    distance = PACKED.position_ids[:, :, None] - PACKED.position_ids[:, None, :]
    seen = PACKED.visible if window is None else PACKED.visible & (distance < window)
    assert torch.equal(inputs["attention_mask"][:, 0] == 0, seen)
    assert torch.equal(inputs["position_ids"], PACKED.position_ids)
    assert masks == {}


def test_blocks_with_another_window_get_a_mask_of_their_own():
    inputs, masks = fed(TOKENS, (None, 2, None), HERE, {})
    assert masks.keys() == {1}
    assert not torch.equal(masks[1], inputs["attention_mask"])


def test_each_stage_sees_the_columns_that_exist_by_then():
    """Two copies are steered after the blocks 0 and 1: the mask grows with them."""
    stages = {
        stage.layer: (stage.columns, stage.before, stage.begun)
        for stage in growth(PACKED, [None, 0, 1])
    }
    inputs, masks = fed(TOKENS, (None,) * 3, HERE, stages)
    begin, first, last = (stages[layer][0] for layer in (-1, 0, 1))
    assert torch.equal(inputs["input_ids"], PACKED.input_ids[:, begin])
    assert torch.equal(inputs["position_ids"], PACKED.position_ids[:, begin])
    for mask, columns in (
        (inputs["attention_mask"], begin), (masks[1], first), (masks[2], last)
    ):  # fmt: skip
        assert torch.equal(mask[:, 0] == 0, PACKED.visible[:, columns][:, :, columns])
    assert len(begin) < len(first) < len(last)


def test_columns_are_copied_from_where_they_are_said_to_come_from():
    hidden, before = torch.randn(2, 3, 4), torch.tensor([0, 1, 2, 1])
    assert torch.equal(regrown(hidden, before), hidden[:, before])
    grown, other = regrown((hidden, "cache"), before)
    assert torch.equal(grown, hidden[:, before])
    assert other == "cache"


def test_what_is_read_is_filled_up_to_a_multiple_of_what_went_in():
    columns = torch.tensor([[9, 4], [4, 7]])
    kept, places = ending(columns, 5)
    assert len(kept) == 5
    assert torch.equal(kept[places], columns)


def test_tensors_are_moved_wherever_they_lie_and_all_else_stays():
    tensor, kept = torch.ones(2), (slice(0, 1), str.upper)
    found = moved({3: (tensor, [tensor, *kept])}, torch.device("meta"))
    assert found[3][0].device.type == found[3][1][0].device.type == "meta"
    assert found[3][1][1:] == [*kept]
    assert moved(tensor, torch.device("cpu")) is tensor
