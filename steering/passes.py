"""Forward passes: the only blocks that run inside a model, here or on an NDIF server.

What is in a block travels as source: it uses tensors, numbers and a few functions of the core,
and makes its results itself. All passes of a call are one session, which is one request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering.models import Model, hidden_of, home_of, refitted
from steering.packing import Growth, Packed, additive_mask, growth


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
    """One forward: what goes in, what is added, what is read.

    `growing` makes each copy at the block where it is steered: before that it would only be the
    unsteered token, computed over again.
    """

    packed: Packed
    edits: tuple[Edit, ...]
    reading: Reading
    growing: bool = False


def logits(model: Model, passes: Sequence[Pass]) -> list[Float[Tensor, "prompt copy read"]]:
    """Return the logits (or log-probabilities) that each pass reads, for every copy."""
    traced, head, windows, dtype = model.traced, model.head, model.windows, model.dtype
    parts = [_plain(one) for one in passes]
    backend = model.block("logits", parts)
    with torch.inference_mode(), traced.session(backend=backend):
        read = []
        for tokens, stages, places, steered, edits, reading in parts:
            weight, bias = head.weight, head.bias
            secluded = weight.is_meta
            inputs, masks = fed(tokens, windows, (home_of(weight), dtype), stages)
            size = inputs["input_ids"].shape[1]
            rows, columns = places
            tails, wanted, known, whole = reading
            begun = torch.arange(size)
            with traced.trace(**inputs, use_cache=False):
                for layer in range(len(windows)):
                    if layer in masks:
                        traced.layers[layer].inputs = refitted(
                            traced.layers[layer].inputs, masks[layer], size, begun
                        )
                    if layer in stages:
                        _, before, begun = stages[layer]
                        traced.layers[layer].output = regrown(traced.layers[layer].output, before)
                    for copies, vectors in edits.get(layer, ()):
                        hidden = hidden_of(traced.layers[layer].output)
                        added = vectors.to(hidden.device, hidden.dtype)[None, :, None]
                        at = steered[0][:, copies], steered[1][layer][:, copies]
                        hidden[at[0], at[1]] += added
                if stages:
                    # Behind the blocks only the copies are wanted.
                    kept, columns = ending(columns, size)
                    traced.layers[layer].output = regrown(traced.layers[layer].output, kept)
                # The head is asked for the copies alone, and if that will do for few words.
                final = head.input.flatten(0, 1).unflatten(0, (inputs["input_ids"].shape[0], -1))
                final = final[rows, columns].flatten(1, 2)
                if secluded:
                    # In a sandbox no weights are at hand: the head itself is fed, all words come.
                    head.input = final
                else:
                    if not whole:
                        weight, bias = weight[known], None if bias is None else bias[known]
                    head.skip(torch.nn.functional.linear(final, weight, bias))
                scores = traced.output.logits.detach()
            scores = (scores[..., known] if secluded and not whole else scores).float()
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
    traced, head, windows, dtype = model.traced, model.head, model.windows, model.dtype
    parts = [(_tokens(packed), packed.places, packed.ends) for packed in packs]
    backend = model.block("residuals", parts)
    with torch.inference_mode(), traced.session(backend=backend):
        read = []
        for tokens, places, ends in parts:
            inputs, masks = fed(tokens, windows, (home_of(head.weight), dtype), {})
            every = torch.arange(inputs["input_ids"].shape[1])
            with traced.trace(**inputs, use_cache=False):
                letters, norms = [], []
                for layer in range(len(windows)):
                    if layer in masks:
                        traced.layers[layer].inputs = refitted(
                            traced.layers[layer].inputs, masks[layer], -1, every
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
    residual: tuple[torch.device, torch.dtype],
    stages: Mapping[int, tuple[Tensor, Tensor, Tensor]],
) -> tuple[dict[str, Tensor], dict[int, Tensor]]:
    """Return a forward's arguments, and the masks of the blocks that need another than the first.

    transformers takes one mask for all blocks; where blocks differ in their window, or see copies
    that were not there before, theirs is set inside the trace.
    """
    ids, positions, visible = tokens
    device, dtype = residual
    if -1 in stages:
        ids = ids[:, stages[-1][0]]
    ids = ids.to(device)
    if positions is None or visible is None:
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, {}
    masks: dict[int, Tensor] = {}
    made: dict[tuple[int, int | None], Tensor] = {}
    stage = -1
    for layer, window in enumerate(windows):
        if (stage, window) not in made:
            columns = stages[stage][0] if stage in stages else torch.arange(positions.shape[1])
            seen = visible[:, columns][:, :, columns].to(device)
            placed = positions[:, columns].to(device)
            made[stage, window] = additive_mask(seen, placed, dtype, window)
        if (stage, window) != (-1, windows[0]):
            masks[layer] = made[stage, window]
        stage = layer if layer in stages else stage
    places = positions[:, stages[-1][0]] if -1 in stages else positions
    inputs = {"input_ids": ids, "position_ids": places.to(device)}
    return {**inputs, "attention_mask": made[-1, windows[0]]}, masks


def regrown(output: Any, before: Tensor) -> Any:
    """Return a block's output with the copies that begin there."""
    if isinstance(output, tuple):
        return (output[0][:, before], *output[1:])
    return output[:, before]


def ending(columns: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return the columns that are read, and where among them each of `columns` is.

    As many as a multiple of the tokens that went in: some families give their last residual
    stream the shape of the input again, and then a row is several.
    """
    own = columns.unique()
    fill = own[-1:].expand(-len(own) % size)
    return torch.cat([own, fill]), torch.searchsorted(own, columns)


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
    rows, columns = one.packed.steered
    grown = _stages(one)
    stages = {stage.layer: (stage.columns, stage.before, stage.begun) for stage in grown}
    # A copy that is steered at a block is there from that block's output on.
    at = dict.fromkeys(edits, columns)
    for stage in grown[1:]:
        there = torch.searchsorted(stage.columns, columns)
        at[stage.layer] = there.clamp_max(len(stage.columns) - 1)
    return _tokens(one.packed), stages, one.packed.places, (rows, at), edits, reading


def _stages(one: Pass) -> tuple[Growth, ...]:
    if not one.growing or not one.edits:
        return ()
    steered_at: list[int | None] = [None] * one.packed.places.shape[2]
    for edit in one.edits:
        for copy in range(edit.copies.start, edit.copies.stop):
            steered_at[copy] = edit.layer
    return growth(one.packed, steered_at)
