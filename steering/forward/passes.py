"""Forward passes through a model, traced by nnsight here or on an NDIF server.

The code inside a `with traced.session(...)` block is sent to the server as source. It therefore
uses only tensors, numbers and a few functions of this package, and creates its results inside the
block. All passes of one call form one session, which is one request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering.forward.condensed import added
from steering.forward.feeding import ending, fed, moved, regrown
from steering.forward.growth import Growth, growth
from steering.forward.heads import heard, picked, spoken
from steering.forward.packing import Packed
from steering.forward.reference import forgetting, refuse_mixed
from steering.models.model import Model, hidden_of, home_of, refitted


@dataclass(frozen=True)
class Edit:
    """A change of a block's output: a vector and its λ for each of a range of copies.

    `layer` is the block, counted from 0; `apply` is the function of an operator
    (`steering.vectors.operators`), and `origins` what it takes besides.
    """

    layer: int
    copies: slice
    vectors: Float[Tensor, "copy width"]
    multipliers: Float[Tensor, " copy"]
    apply: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    origins: Float[Tensor, "#copy #width"] = field(default_factory=lambda: torch.zeros(1, 1))


@dataclass(frozen=True)
class Reading:
    """Which logits are read.

    Attributes:
        tails: for each prompt and number read, the token of the copy at which it is read.
        tokens: for each prompt and number read, the token id whose logit it is.
        whole: the copies whose log-probabilities are read too; they need the logits of all words.
        following: for each prompt, a token whose log-probability is read at the prompt's own end,
            before any copy; None if nothing is read there.
    """

    tails: Int[Tensor, "prompt read"]
    tokens: Int[Tensor, "prompt read"]
    whole: tuple[int, ...] = ()
    following: Int[Tensor, " prompt"] | None = None


@dataclass(frozen=True)
class Pass:
    """One forward pass: its input, the changes on the way, and what is read at the end.

    If `growing` is set, each copy is added only at the block that steers it: before that block it
    would equal the unsteered tokens.
    """

    packed: Packed
    edits: tuple[Edit, ...]
    reading: Reading
    growing: bool = False


def logits(model: Model, passes: Sequence[Pass]) -> list[Float[Tensor, "prompt copy read"]]:
    """Return the logits that each pass reads, for every copy.

    If a pass reads log-probabilities of any copy, those of the same tokens follow its logits; they
    are NaN for the other copies. Where a token is read at the prompts' ends, there is one more copy
    and one more number, behind all others: the last of the last is that token's log-probability.
    """
    traced, head, windows, dtype = model.traced, model.head, model.windows, model.dtype
    refuse_mixed(model, [(one.packed, one.reading.tails) for one in passes])
    parts = [_plain(one) for one in passes]
    backend = model.block("logits", parts)
    with torch.inference_mode(), forgetting(model), traced.session(backend=backend):
        read = []
        for tokens, added, places, at_copies, changes, reading in parts:
            weight, bias = head.weight, head.bias
            secluded = weight.is_meta
            there = home_of(weight)
            inputs, masks = fed(tokens, windows, (there, dtype), added)
            size = inputs["input_ids"].shape[1]
            # Moved before the first block: what is moved on the way waits for all blocks so far.
            stages, steered, edits = moved((added, at_copies, changes), there)
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
                    for copies, vectors, multipliers, apply, origins in edits.get(layer, ()):
                        hidden = hidden_of(traced.layers[layer].output)
                        at = moved(
                            (steered[0][:, copies], steered[1][layer][:, copies]), hidden.device
                        )
                        # Computed in float32, whatever the precision of the model is.
                        changed = apply(
                            hidden[at[0], at[1]].float(),
                            vectors.to(hidden.device)[None, :, None],
                            multipliers.to(hidden.device)[None, :, None, None],
                            origins.to(hidden.device)[None, :, None],
                        )
                        hidden[at[0], at[1]] = changed.to(hidden.dtype)
                if stages:
                    # Behind the last block only the columns of the copies are needed.
                    kept, columns = ending(columns, size)
                    traced.layers[layer].output = regrown(traced.layers[layer].output, kept)
                # The head is applied to the copies alone, and to few words where these suffice.
                final = head.input.flatten(0, 1).unflatten(0, (inputs["input_ids"].shape[0], -1))
                final = final[rows, columns]
                if secluded:
                    # A sandbox does not show the weights: the head itself runs, on all words.
                    head.input = final.flatten(1, 2)
                else:
                    head.skip(spoken(final, (weight, bias), known, whole))
                scores = traced.output.logits.detach()
            words, likely = heard(scores, rows.shape, known, whole, of_all_words=secluded)
            read.append(picked(words, likely, (tails, wanted), whole).cpu().clone())
        results: list[Tensor] = read.save()  # type: ignore[attr-defined]
    return results


def residuals(
    model: Model,
    packs: Sequence[Packed],
    counted: Sequence[Float[Tensor, "*sum prompt copy tail"]] | None = None,
    ways: Sequence[Float[Tensor, "way sum prompt"]] = (),
    last: int | None = None,
) -> list[
    tuple[Float[Tensor, "layer *sum prompt *copy_tail width"], Float[Tensor, "*layer_prompt"]]
]:
    """Return for each packed input the blocks' outputs at the copies, and their norm at the ends.

    Where it is said what each token of the copies counts, a prompt's outputs are summed so, once
    or in several ways. Where it is said what each prompt counts (`ways`), there is one result for
    all inputs: sums over prompts (layer, way, width), and of norms (layer). The ends are the last
    tokens of the prompts. Nothing is steered, and blocks behind the `last` are not run. The results
    are where the model computes if that is a GPU of this machine, and on the CPU otherwise.
    """
    kept_on = gathering_device(model)
    traced, head, windows, dtype = model.traced, model.head, model.windows, model.dtype
    depth = len(windows) if last is None else last + 1
    refuse_mixed(model, [(packed, None) for packed in packs])
    sums = counted or [torch.empty(0)] * len(packs)
    parts = [
        (_tokens(packed), packed.places, packed.ends, each)
        for packed, each in zip(packs, sums, strict=True)
    ]
    backend = model.block("residuals", parts, *[[*ways]] * bool(ways))
    with torch.inference_mode(), forgetting(model), traced.session(backend=backend):
        read = []
        for tokens, at_copies, at_ends, counts in parts:
            there = home_of(head.weight)
            inputs, masks = fed(tokens, windows, (there, dtype), {})
            places, ends, each = moved((at_copies, at_ends, counts), there)
            every = torch.arange(inputs["input_ids"].shape[1])
            with traced.trace(**inputs, use_cache=False) as tracer:
                letters, norms = [], []
                for layer in range(depth):
                    if layer in masks:
                        traced.layers[layer].inputs = refitted(
                            traced.layers[layer].inputs, masks[layer], -1, every
                        )
                    hidden = hidden_of(traced.layers[layer].output).detach()
                    # Nothing leaves the device before the last block: that would be waited for.
                    at, end, weights = moved((places, ends, each), hidden.device)
                    at_copy = hidden[at[0], at[1]].float()
                    if weights.numel():
                        at_copy = (at_copy * weights[..., None]).sum((-3, -2))
                    letters.append(at_copy.to(there))
                    norms.append(hidden[end[0], end[1]].float().norm(dim=-1).to(there))
                stacked = torch.stack(letters).to(kept_on), torch.stack(norms).to(kept_on)
                if depth < len(windows):
                    tracer.stop()
                else:  # no logits are needed: the head's input stands in for its output
                    head.skip(head.input[:1, :1, :1])
            read.append(stacked)
        results: list[tuple[Tensor, Tensor]] = added(read, ways).save()  # type: ignore[attr-defined]
    return results


def gathering_device(model: Model) -> torch.device:
    """Return where outputs of blocks are put together: a GPU of this machine, or else the CPU."""
    return model.device if model.device.type == "cuda" else torch.device("cpu")


def _tokens(packed: Packed) -> tuple[Tensor, Tensor | None, Tensor | None]:
    return packed.input_ids, packed.position_ids, packed.visible


def _plain(one: Pass) -> tuple[Any, ...]:
    # Only tensors, numbers, slices and functions: classes of ours would have to be sent as well.
    edits: dict[int, list[tuple[Any, ...]]] = {}
    for edit in one.edits:
        given = edit.vectors.float(), edit.multipliers.float(), edit.apply, edit.origins.float()
        edits.setdefault(edit.layer, []).append((edit.copies, *given))
    places, (tails, tokens, copies) = _read_places(one)
    known, wanted = tokens.unique(return_inverse=True)
    whole = torch.tensor(copies, dtype=torch.long)
    reading = tails, wanted, known, whole
    rows, columns = one.packed.steered
    grown = _stages(one)
    stages = {stage.layer: (stage.columns, stage.before, stage.begun) for stage in grown}
    # Columns move when copies are added: for each block, where the steered columns are by then.
    at = dict.fromkeys(edits, columns)
    index = torch.zeros(one.packed.input_ids.shape[1], dtype=torch.long)
    for stage in grown[1:]:
        # What is not there yet is not steered here: of it the index means nothing.
        index[stage.columns] = torch.arange(len(stage.columns))
        at[stage.layer] = index[columns]
    return _tokens(one.packed), stages, places, (rows, at), edits, reading


def _read_places(one: Pass) -> tuple[Tensor, tuple[Tensor, Tensor, tuple[int, ...]]]:
    # The end of each prompt is read like one more copy, which nothing steers.
    places, reading = one.packed.places, one.reading
    if reading.following is None:
        return places, (reading.tails, reading.tokens, reading.whole)
    copies, size = places.shape[2:]
    ends = one.packed.ends[:, :, None, None].expand(-1, -1, 1, size)
    tails = torch.cat([reading.tails, torch.zeros_like(reading.tails[:, :1])], dim=1)
    tokens = torch.cat([reading.tokens, reading.following[:, None]], dim=1)
    return torch.cat([places, ends], dim=2), (tails, tokens, (*reading.whole, copies))


def _stages(one: Pass) -> tuple[Growth, ...]:
    if not one.growing or not one.edits:
        return ()
    steered_at: list[int | None] = [None] * one.packed.places.shape[2]
    for edit in one.edits:
        for copy in range(edit.copies.start, edit.copies.stop):
            steered_at[copy] = edit.layer
    return growth(one.packed, steered_at)
