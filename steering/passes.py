"""Forward passes: the only blocks that run inside a model, here or on an NDIF server.

What is in a block travels as source: it uses tensors, numbers and a few functions of the core,
and makes its results itself. All passes of a call are one session, which is one request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering.models import Model, hidden_of, masked
from steering.packing import Packed, additive_mask


@dataclass(frozen=True)
class Edit:
    """Vectors added to the output of a block, one for each of some copies."""

    layer: int
    copies: slice
    vectors: Float[Tensor, "copy width"]


@dataclass(frozen=True)
class Reading:
    """What is read of the logits.

    Attributes:
        tails: for each prompt and score read, the token of the copy whose logits are meant.
        tokens: for each prompt and score read, the token id.
        whole: whether log-probabilities are wanted, for which the whole vocabulary is computed.
    """

    tails: Int[Tensor, "prompt read"]
    tokens: Int[Tensor, "prompt read"]
    whole: bool = False


@dataclass(frozen=True)
class Pass:
    """One forward: what goes in, what is added, what is read."""

    packed: Packed
    edits: tuple[Edit, ...]
    reading: Reading


def logits(model: Model, passes: Sequence[Pass]) -> list[Float[Tensor, "prompt copy read"]]:
    """Return the logits (or log-probabilities) that each pass reads, for every copy."""
    traced, head, remote, windows = model.traced, model.head, model.remote, model.windows
    parts = [_plain(one) for one in passes]
    with torch.inference_mode(), traced.session(remote=remote):
        read = []
        for tokens, places, steered, edits, reading in parts:
            weight, bias = head.weight, head.bias
            inputs, masks = fed(tokens, windows, weight)
            rows, columns = places
            tails, wanted, known, whole = reading
            with traced.trace(**inputs, use_cache=False):
                for layer in range(len(windows)):
                    if layer in masks:
                        traced.layers[layer].inputs = masked(
                            traced.layers[layer].inputs, masks[layer]
                        )
                    for copies, vectors in edits.get(layer, ()):
                        hidden = hidden_of(traced.layers[layer].output)
                        added = vectors.to(hidden.device, hidden.dtype)[None, :, None]
                        hidden[steered[0][:, copies], steered[1][:, copies]] += added
                # The head is asked for the copies alone, and if that will do for few words.
                final = head.input[rows, columns].flatten(1, 2)
                if not whole:
                    weight, bias = weight[known], None if bias is None else bias[known]
                head.skip(torch.nn.functional.linear(final, weight, bias))
                scores = traced.output.logits.detach().float()
            scores = scores.unflatten(1, rows.shape[1:])
            prompts = torch.arange(len(rows))[:, None]
            values = scores[prompts, :, tails, wanted]
            if whole:
                values = values - scores.logsumexp(-1)[prompts, :, tails]
            read.append(values.transpose(1, 2).cpu().clone())
        results: list[Tensor] = read.save()  # type: ignore[attr-defined]
    return results


def residuals(
    model: Model, packs: Sequence[Packed]
) -> list[tuple[Float[Tensor, "layer prompt copy tail width"], Float[Tensor, "layer prompt"]]]:
    """Return for each packed input the blocks' outputs at the copies, and their norm at the ends.

    The copies are not steered; the ends are the last tokens of the prompts.
    """
    traced, head, remote, windows = model.traced, model.head, model.remote, model.windows
    parts = [(_tokens(packed), packed.places, packed.ends) for packed in packs]
    with torch.inference_mode(), traced.session(remote=remote):
        read = []
        for tokens, places, ends in parts:
            inputs, masks = fed(tokens, windows, head.weight)
            with traced.trace(**inputs, use_cache=False):
                letters, norms = [], []
                for layer in range(len(windows)):
                    if layer in masks:
                        traced.layers[layer].inputs = masked(
                            traced.layers[layer].inputs, masks[layer]
                        )
                    hidden = hidden_of(traced.layers[layer].output).detach()
                    letters.append(hidden[places[0], places[1]].float().cpu())
                    norms.append(hidden[ends[0], ends[1]].float().norm(dim=-1).cpu())
                # No logits are wanted: one column is the least that the head can be asked for.
                head.skip(head.input[:1, :1, :1])
                stacked = torch.stack(letters), torch.stack(norms)
            read.append(stacked)
        results: list[tuple[Tensor, Tensor]] = read.save()  # type: ignore[attr-defined]
    return results


def fed(
    tokens: tuple[Tensor, Tensor | None, Tensor | None],
    windows: Sequence[int | None],
    weight: Tensor,
) -> tuple[dict[str, Tensor], dict[int, Tensor]]:
    """Return a forward's arguments, and the masks of the blocks whose window is not the first's.

    transformers takes one mask for all blocks; where they differ, theirs is set inside the trace.
    """
    ids, positions, visible = tokens
    ids = ids.to(weight.device)
    if positions is None or visible is None:
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, {}
    positions, visible = positions.to(weight.device), visible.to(weight.device)
    kinds = {one: additive_mask(visible, positions, weight.dtype, one) for one in {*windows}}
    others = {at: kinds[one] for at, one in enumerate(windows) if one != windows[0]}
    inputs = {"input_ids": ids, "position_ids": positions, "attention_mask": kinds[windows[0]]}
    return inputs, others


def _tokens(packed: Packed) -> tuple[Tensor, Tensor | None, Tensor | None]:
    return packed.input_ids, packed.position_ids, packed.visible


def _plain(one: Pass) -> tuple[Any, ...]:
    # Tensors, numbers and slices only: classes of ours would have to travel with them.
    edits: dict[int, list[tuple[slice, Tensor]]] = {}
    for edit in one.edits:
        edits.setdefault(edit.layer, []).append((edit.copies, edit.vectors))
    known, wanted = one.reading.tokens.unique(return_inverse=True)
    if one.reading.whole:
        wanted = one.reading.tokens
    reading = one.reading.tails, wanted, known, one.reading.whole
    return _tokens(one.packed), one.packed.places, one.packed.steered, edits, reading
