"""Routes: how steered copies are led through a model, and the proof that a route is exact.

Three routes lead the steered copies through a model. *Packed* puts many copies into one row; it is
exact if the model obeys the attention mask and the position ids that we pass. *Growing* adds a copy
only at the block that steers it; the blocks must also accept a new mask midway. *Row by row* works
for every causal model and is slowest. Which of them is exact is tried once a model, against plain
hooks, with the longest and the shortest prompt together. Where a service holds the weights, it is
tried there, against the service's own row-by-row forward of each prompt alone.

Some models turn positions by angles that depend on the length of the whole forward pass. Prompts
on different sides of such a length never share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering.errors import Refused
from steering.forward import passes
from steering.forward.batches import Batches, packed_batches, plain_batches
from steering.forward.packing import Ids, Packed, Tails, lay_out, pack
from steering.forward.reference import reference_logits
from steering.models.model import Model
from steering.models.rounding import explained
from steering.remote.faults import BlockFailed
from steering.vectors.operators import add

GROWING, PACKED, ROWS = "packed, growing", "packed", "row by row"

# For each model the shortest and the longest prompt of its proof, and the route.
_proved: WeakKeyDictionary[Any, tuple[Ids, Ids, Route]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Route:
    """A way to lead the steered copies through a model.

    Attributes:
        name: "packed, growing", "packed" or "row by row".
        difference: the largest difference from the reference's logits in its proof.
    """

    name: str
    difference: float

    def cut(
        self, model: Model, prompts: Sequence[Ids], copies: int, size: int, budget: int
    ) -> Batches:
        """Return the batches of some prompts on this route; each copy has `size` tokens.

        They leave prompts out that may not share a forward pass with the longest: `run_all` asks
        again for what is left. Without a budget, each prompt has a forward pass of its own.
        """
        first, *others = sides(model, prompts, size)
        if others and budget:
            work = self.cut(model, [prompts[at] for at in first], copies, size, budget)
            groups = tuple(tuple(first[at] for at in group) for group in work.prompts)
            return replace(work, prompts=groups)
        batches = plain_batches if self.name == ROWS else packed_batches
        return batches(prompts, copies, size, model.costs, budget)

    def input(self, prompts: Sequence[Ids], tails: Tails, slots: int = 1) -> Packed:
        """Return the input of one forward pass."""
        return lay_out(prompts, tails) if self.name == ROWS else pack(prompts, tails, slots)

    @property
    def growing(self) -> bool:
        """Return whether copies are added only at the block that steers them."""
        return self.name == GROWING


def sides(model: Model, prompts: Sequence[Ids], size: int) -> list[list[int]]:
    """Return which prompts may share a forward pass; those with the longest prompt come first.

    What is read of a prompt and a copy of `size` tokens ends somewhere among these. Where it is
    not sure to end on one side of the model's switch, only prompts of equal length are together.
    """
    switch = model.length_switch
    found: dict[int, list[int]] = {}
    for at in sorted(range(len(prompts)), key=lambda at: -len(prompts[at])):
        length = len(prompts[at])
        ends = {switch.side(length + 1), switch.side(length + size)} if switch else {0}
        found.setdefault(ends.pop() if len(ends) == 1 else -length - 1, []).append(at)
    return [sorted(side) for side in found.values()]


def route_of(model: Model, prompts: Sequence[Ids]) -> Route:
    """Return the fastest route that is exact, as tried on the shortest and longest of some prompts.

    A proof holds for all prompts of a length in between.

    Raises Refused where no route agrees with plain hooks.
    """
    shortest, longest = min(prompts, key=len), max(prompts, key=len)
    if model.remote:
        shortest, longest = _halved(shortest), _doubled(model, longest)
    known = _proved.get(model.module)
    if known is not None:
        if len(known[0]) <= len(shortest) and len(longest) <= len(known[1]):
            return known[2]
        shortest, longest = min(known[0], shortest, key=len), max(known[1], longest, key=len)
    route = _tried(model, shortest, longest)
    _proved[model.module] = shortest, longest, route
    return route


def _halved(shortest: Ids) -> Ids:
    # As below: the prompt is cut to a power of two.
    return shortest[-(2 ** (len(shortest).bit_length() - 1)) :]


def _doubled(model: Model, longest: Ids) -> Ids:
    # A proof on a service takes a few requests. So the prompt is repeated until its length is a
    # power of two: one proof then holds for the prompts of all settings.
    size = min(2 ** (len(longest) - 1).bit_length(), model.context)
    return ([*longest] * 2)[-max(size, len(longest)) :]


def rounding(model: Model, expected: Tensor) -> float:
    """Return the largest difference from `expected` that rounding can explain."""
    return explained(model.dtype, expected, model.depth)


@dataclass(frozen=True)
class _Probe:
    """Two pairs of prompts that share their first half, and the λ of both copies of each."""

    prompts: list[list[int]]
    layer: int
    vector: Float[Tensor, " width"]
    words: Int[Tensor, " word"]
    scales: tuple[float, float] = (0.0, 1.0)


def _probe(model: Model, shortest: Ids, longest: Ids) -> _Probe:
    layer = model.depth // 2
    # The vector has a random direction, and the norm of the residual stream.
    packed = lay_out([longest[:-1]], Tails([[longest[-1:]]]))
    hidden, _ = passes.residuals(model, [packed])[0]
    draw = torch.randn(model.width, generator=torch.Generator().manual_seed(0))
    vector = draw * (float(hidden[layer].norm()) / draw.norm())
    words = torch.linspace(0, model.head.weight.shape[0] - 1, 16).long()
    return _Probe([*_twins(longest), *_twins(shortest)], layer, vector, words)


def _twins(prompt: Ids) -> list[list[int]]:
    half = len(prompt) // 2
    return [list(prompt), [*prompt[:half], *prompt[half:-1][::-1], prompt[-1]]]


def _tried(model: Model, shortest: Ids, longest: Ids) -> Route:
    probe = _probe(model, shortest, longest)
    # Hooks need the weights. If only a service has them, its row-by-row forward is the reference.
    alone = [[at] for at in range(len(probe.prompts))]
    expected = _read(model, ROWS, [probe], alone) if model.remote else _reference(model, probe)
    if isinstance(expected, Exception):
        raise expected
    together = sides(model, [prompt[:-1] for prompt in probe.prompts], 1)
    tried = []
    for name in (ROWS,) if model.sees_columns else (GROWING, PACKED, ROWS):
        logits = _read(model, name, [probe], together)
        if isinstance(logits, Exception):
            tried.append(f"{name}: {type(logits).__name__}")
            continue
        difference = float((logits - expected).abs().max())
        # A difference that is not a number is let through: the measurement itself refuses logits
        # that are not finite, with a message of its own.
        if difference > rounding(model, expected):
            tried.append(f"{name}: off by {difference:.2g}")
        elif _mixes(model, name, probe, together):
            tried.append(f"{name}: copies see each other")
        else:
            return Route(name, difference)
    raise Refused(
        f"model {model.name!r} ({type(model.module).__name__}) is served by no route that agrees "
        f"with plain hooks ({'; '.join(tried)}): a causal language model whose blocks' outputs are "
        "its residual stream is needed."
    )


def _mixes(model: Model, name: str, probe: _Probe, groups: Sequence[Sequence[int]]) -> bool:
    """Return whether what is done to one copy changes what is read of another one.

    In 16 bits rounding may explain as much as a copy that sees its neighbour would change; but
    no rounding makes a copy depend on what others are steered by.
    """
    if name == ROWS or model.dtype == torch.float32:
        return False
    pairs = (0.0, 1.0), (0.0, -1.0), (1.0, 1.0)
    probes = [replace(probe, layer=0, scales=scales) for scales in pairs]
    read = _read(model, name, probes, groups)
    if isinstance(read, Exception):
        return True
    steered, turned, both = read
    apart = max((steered - turned)[:, 0].abs().max(), (steered - both)[:, 1].abs().max())
    return bool(apart > explained(torch.float32, steered))


def _read(
    model: Model, name: str, probes: Sequence[_Probe], groups: Sequence[Sequence[int]]
) -> Tensor | Exception:
    # What is read of each probe, all in one session: on a service, in one request.
    forwards = [_forward(name, probe, group) for probe in probes for group in groups]
    order = torch.tensor([at for group in groups for at in group]).argsort()
    try:
        return torch.cat(passes.logits(model, forwards)).unflatten(0, (len(probes), -1))[:, order]
    except torch.OutOfMemoryError:
        raise
    except Refused as refused:
        # If the block failed on the service, the route is at fault, and the next one is tried. All
        # else is a fault of the service, and says nothing about the route.
        if isinstance(refused, BlockFailed):
            return refused
        raise
    except Exception as error:  # each family of models has its own way to refuse a mask
        return error


def _forward(name: str, probe: _Probe, group: Sequence[int]) -> passes.Pass:
    # Three prompts a row, so that the longest and the shortest share one, and rows are filled up.
    prompts = [probe.prompts[at] for at in group]
    tails = Tails([[prompt[-1:]] * 2 for prompt in prompts])
    packed = Route(name, 0.0).input([prompt[:-1] for prompt in prompts], tails, slots=3)
    edits = tuple(
        passes.Edit(probe.layer, slice(at, at + 1), probe.vector[None], torch.tensor([scale]), add)
        for at, scale in enumerate(probe.scales)
        if scale
    )
    words = probe.words.expand(len(group), -1)
    reading = passes.Reading(torch.zeros_like(words), words)
    return passes.Pass(packed, edits, reading, growing=name == GROWING)


def _reference(model: Model, probe: _Probe) -> Tensor:
    def logits(prompt: list[int], scale: float) -> Tensor:
        last = len(prompt) - 1
        words = reference_logits(model, prompt, probe.layer, probe.vector, last, multiplier=scale)
        return words[-1, probe.words]

    return torch.stack(
        [torch.stack([logits(prompt, scale) for scale in (0.0, 1.0)]) for prompt in probe.prompts]
    )
