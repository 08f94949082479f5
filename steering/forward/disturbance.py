"""Disturbance: what a steering vector does to text that has nothing to do with its concept.

Each text is one forward pass, in which every copy is a row of its own: the first without a vector,
the others steered. It needs no packing and no mask, so that it is the same for every causal model.
Where the route of a model lets copies grow, a row is added only at the block that steers it: before
that block it would equal the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from steering.forward.batches import FORWARDS_A_REQUEST, budget_of
from steering.forward.copies import origins_of
from steering.forward.feeding import moved
from steering.forward.reference import forgetting
from steering.forward.routes import route_of
from steering.models.model import Model, hidden_of, home_of
from steering.prompts.neutral import NeutralText
from steering.remote.deferred import all_or_pending
from steering.vectors.arithmetic import Vector
from steering.vectors.operators import OPERATORS

# The most logits of one forward pass: all words' are needed.
_MOST_LOGITS = 2**26


@dataclass(frozen=True)
class Push:
    """A vector that is applied at a block's output with a multiplier λ, by an operator."""

    layer: int
    vector: Vector
    multiplier: float
    operator: str
    origin: Vector | None = None


@dataclass(frozen=True)
class Disturbance:
    """What pushes do to texts, in nats; the columns are the pushes, after the unsteered one.

    Attributes:
        first: KL(unsteered ‖ steered) of the text's first token.
        divergence: the mean of that over all tokens of the text.
        log_likelihood: the mean log-probability of the text's tokens.
    """

    first: Float[np.ndarray, "text push"]
    divergence: Float[np.ndarray, "text push"]
    log_likelihood: Float[np.ndarray, "text push"]


def disturbance(model: Model, texts: Sequence[NeutralText], pushes: Sequence[Push]) -> Disturbance:
    """Return what every push does to every text, beside the unsteered model in column 0.

    Steered is every token from the prompt's last one on, which predicts the text's first. The
    divergence is KL(p ‖ p_steered) = Σ p (log p − log p_steered) over all words, in nats.
    """
    # Copies of one layer and operator are changed together.
    order = sorted(range(len(pushes)), key=lambda at: (pushes[at].layer, pushes[at].operator))
    parts: list[tuple[int, list[int]]] = []
    for row, text in enumerate(texts):
        most = pushes_of_pass(model, text)
        starts = range(0, max(1, len(order)), most)
        parts += [(row, order[at : at + most]) for at in starts]
    grows = bool(pushes) and grows_by_rows(model, texts)
    passes = [_plain(texts[row], [pushes[at] for at in part], grows) for row, part in parts]
    # A service answers several passes in one request.
    at_once = FORWARDS_A_REQUEST if model.remote else 1
    some = [passes[at : at + at_once] for at in range(0, len(passes), at_once)]
    results = all_or_pending(*[partial(_read, model, each) for each in some])
    sums = np.empty((3, len(texts), 1 + len(pushes)))
    for (row, part), read in zip(parts, [one for each in results for one in each], strict=True):
        sums[:, row, 0] = read[:, 0]
        sums[:, row, [1 + at for at in part]] = read[:, 1:]
    return Disturbance(*sums)


def grows_by_rows(model: Model, texts: Sequence[NeutralText]) -> bool:
    """Return whether a row is added only at the block that steers it, by the model's route.

    On a service it is not: what it would save is less than the requests that its proof would take.
    """
    return not model.remote and route_of(model, [one.token_ids for one in texts]).growing


def widened(output: Any, rows: int) -> Any:
    """Return a block's output with so many copies of its first row behind the others."""
    if isinstance(output, tuple):
        return (torch.cat([output[0], output[0][:1].repeat(rows, 1, 1)]), *output[1:])
    return torch.cat([output, output[:1].repeat(rows, 1, 1)])


def pushes_of_pass(model: Model, text: NeutralText) -> int:
    """Return how many pushes of a text share a forward pass, beside the unsteered row."""
    words = model.head.weight.shape[0] * text.tokens
    most = min(budget_of(model.device) // len(text.token_ids), _MOST_LOGITS // words)
    return max(1, most - 1)


def _plain(text: NeutralText, pushes: Sequence[Push], grows: bool) -> tuple[Any, ...]:
    # Only tensors, numbers, slices and functions: classes of ours would have to be sent as well.
    edits: dict[int, list[tuple[Any, ...]]] = {}
    start = 0
    while start < len(pushes):
        kind = pushes[start].layer, pushes[start].operator
        alike = [one for one in pushes[start:] if (one.layer, one.operator) == kind]
        edits.setdefault(kind[0], []).append(
            (
                slice(1 + start, 1 + start + len(alike)),
                torch.stack([one.vector.float() for one in alike])[:, None],
                torch.tensor([one.multiplier for one in alike])[:, None, None],
                OPERATORS[kind[1]].apply,
                origins_of([one.origin for one in alike])[:, None],
            )
        )
        start += len(alike)
    added = {layer: sum(len(one[1]) for one in some) for layer, some in edits.items()}
    ids = torch.tensor([text.token_ids]).repeat(1 if grows else 1 + len(pushes), 1)
    return ids, text.steered_from, edits, added if grows else {}


def _read(model: Model, passes: Sequence[tuple[Any, ...]]) -> list[Float[np.ndarray, "3 copy"]]:
    """Return for each pass the three numbers of `Disturbance` for each of its copies."""
    traced, head = model.traced, model.head
    backend = model.block("disturbance", passes)
    with torch.inference_mode(), forgetting(model), traced.session(backend=backend):
        read = []
        for tokens, start, changes, added in passes:
            there = home_of(head.weight)
            ids = tokens.to(there)
            edits = moved(changes, there)
            with traced.trace(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False):
                for layer in edits:
                    if layer in added:
                        traced.layers[layer].output = widened(
                            traced.layers[layer].output, added[layer]
                        )
                    hidden = hidden_of(traced.layers[layer].output)
                    for copies, vectors, multipliers, apply, origins in edits[layer]:
                        changed = apply(
                            hidden[copies, start:].float(),
                            vectors.to(hidden.device),
                            multipliers.to(hidden.device),
                            origins.to(hidden.device),
                        )
                        hidden[copies, start:] = changed.to(hidden.dtype)
                # Words are told from the tokens that are steered, and from none before them.
                final = head.input.flatten(0, 1).unflatten(0, (-1, ids.shape[1]))
                head.input = final[:, start:-1]
                likely = traced.output.logits.detach().float().log_softmax(-1)
            apart = (likely[:1] - likely).mul_(likely[:1].exp()).sum(-1)
            own = ids[:1, start + 1 :, None].expand(len(likely), -1, 1)
            said = likely.gather(-1, own)[..., 0]
            numbers = torch.stack([apart[:, 0], apart.mean(1), said.mean(1)])
            read.append(numbers.double().cpu().clone())
        results: list[Tensor] = read.save()  # type: ignore[attr-defined]
    return [one.numpy() for one in results]
