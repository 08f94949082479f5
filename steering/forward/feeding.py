"""Feeding: what goes into a forward pass, and which columns it has on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from steering.forward.packing import additive_mask


def fed(
    tokens: tuple[Tensor, Tensor | None, Tensor | None],
    windows: Sequence[int | None],
    residual: tuple[torch.device, torch.dtype],
    stages: Mapping[int, tuple[Tensor, Tensor, Tensor]],
) -> tuple[dict[str, Tensor], dict[int, Tensor]]:
    """Return the arguments of a forward pass, and the masks of blocks that need one of their own.

    transformers takes one mask for all blocks. Blocks with another sliding window, or with copies
    that were added on the way, get their mask inside the trace.
    """
    ids, positions, visible = tokens
    device, dtype = residual
    if -1 in stages:
        ids = ids[:, stages[-1][0]]
    ids = ids.to(device)
    if positions is None or visible is None:
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, {}
    # On the device from the start: the mask of every stage is taken out of this one.
    visible, positions = visible.to(device), positions.to(device)
    masks: dict[int, Tensor] = {}
    made: dict[tuple[int, int | None], Tensor] = {}
    stage = -1
    for layer, window in enumerate(windows):
        if (stage, window) not in made:
            seen, placed = visible, positions
            if stage in stages:
                columns = stages[stage][0].to(device)
                seen, placed = visible[:, columns][:, :, columns], positions[:, columns]
            made[stage, window] = additive_mask(seen, placed, dtype, window)
        if (stage, window) != (-1, windows[0]):
            masks[layer] = made[stage, window]
        stage = layer if layer in stages else stage
    places = positions[:, stages[-1][0].to(device)] if -1 in stages else positions
    inputs = {"input_ids": ids, "position_ids": places}
    return {**inputs, "attention_mask": made[-1, windows[0]]}, masks


def moved(one: Any, device: torch.device) -> Any:
    """Return the same with all its tensors on a device, however they lie in tuples and dicts."""
    if isinstance(one, torch.Tensor):
        return one.to(device)
    if isinstance(one, dict):
        return {key: moved(value, device) for key, value in one.items()}
    if isinstance(one, tuple | list):
        return type(one)(moved(value, device) for value in one)
    return one


def regrown(output: Any, before: Tensor) -> Any:
    """Return a block's output with the copies added that are steered there."""
    if isinstance(output, tuple):
        return (output[0][:, before.to(output[0].device)], *output[1:])
    return output[:, before.to(output.device)]


def ending(columns: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return the columns that are read, and the index of each of `columns` among them.

    The columns are padded to a multiple of `size`, the number of tokens that went in: some families
    of models reshape their last residual stream to the shape of the input.
    """
    own = columns.unique()
    fill = own[-1:].expand(-len(own) % size)
    return torch.cat([own, fill]), torch.searchsorted(own, columns)
