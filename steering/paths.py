"""Paths: how the copies reach a model, and the proof on the model itself that they may.

Packed is exact for models that obey a mask and positions of ours; growing, where copies are made
only at the block that steers them, for those whose blocks take both anew. Where neither is, as with
alibi, every copy is laid out as a row of its own, which asks nothing of a model but the causal
order. Which of them holds is not looked up, it is tried: on the longest prompt, against plain
hooks. On a service, which alone has the weights, it is tried there, against its plainest forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering import passes
from steering.batches import Batches, packed_batches, plain_batches
from steering.errors import Refused
from steering.models import Model
from steering.packing import Ids, Packed, Tails, lay_out, pack
from steering.plain import plain_logits
from steering.remote.faults import BlockFailed

GROWING, PACKED, ROWS = "packed, growing", "packed", "row by row"
# The largest difference from plain hooks that rounding explains, as a share of the logits' size.
_ROUNDING = {torch.float32: 1e-3}
_ROUNDING_OF_HALF = 5e-2

_proved: WeakKeyDictionary[Any, tuple[int, Path]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Path:
    """A way for the copies to reach a model.

    Attributes:
        name: "packed, growing", "packed" or "row by row".
        difference: the largest difference from the reference's logits on the longest prompt.
    """

    name: str
    difference: float

    def cut(
        self, model: Model, prompts: Sequence[Ids], copies: int, size: int, budget: int
    ) -> Batches:
        """Return the batches in which copies of so many tokens take this path."""
        if self.name != ROWS:
            return packed_batches(prompts, copies, size, model.costs, budget)
        return plain_batches(prompts, copies, size, budget)

    def input(self, prompts: Sequence[Ids], tails: Tails, slots: int = 1) -> Packed:
        """Return the input of one forward."""
        return lay_out(prompts, tails) if self.name == ROWS else pack(prompts, tails, slots)

    @property
    def growing(self) -> bool:
        """Return whether copies are made only where they are steered."""
        return self.name == GROWING


def path_of(model: Model, prompts: Sequence[Ids]) -> Path:
    """Return the fastest exact path of some prompts, tried on the longest of them.

    Raises Refused where none gives what plain hooks give.
    """
    longest = max(prompts, key=len)
    if model.remote:
        longest = _doubled(model, longest)
    length, path = _proved.get(model.module, (0, None))
    if path is None or length < len(longest):
        path = _tried(model, longest)
        _proved[model.module] = len(longest), path
    return path


def _doubled(model: Model, longest: Ids) -> Ids:
    # On a service every proof is a few requests: one at the next power of two, its end repeated in
    # front, holds for the prompts of all settings.
    context = getattr(model.module.config, "max_position_embeddings", None) or 10**9
    size = min(2 ** (len(longest) - 1).bit_length(), context)
    return ([*longest] * 2)[-max(size, len(longest)) :]


def rounding(model: Model, expected: Tensor) -> float:
    """Return the largest difference from some values that the model's precision explains."""
    share = _ROUNDING.get(model.dtype, _ROUNDING_OF_HALF)
    return share * max(1.0, float(expected.abs().max()))


@dataclass(frozen=True)
class _Probe:
    """Two prompts that share their first half, with an unsteered and a steered copy each."""

    prompts: list[list[int]]
    layer: int
    vector: Float[Tensor, " width"]
    words: Int[Tensor, " word"]


def _probe(model: Model, longest: Ids) -> _Probe:
    half = len(longest) // 2
    twin = [*longest[:half], *longest[half:-1][::-1], longest[-1]]
    layer = model.depth // 2
    # A random direction of the residual stream's own size.
    packed = lay_out([longest[:-1]], Tails([[longest[-1:]]]))
    hidden, _ = passes.residuals(model, [packed])[0]
    draw = torch.randn(model.width, generator=torch.Generator().manual_seed(0))
    vector = draw * hidden[layer].norm() / draw.norm()
    words = torch.linspace(0, model.head.weight.shape[0] - 1, 16).long()
    return _Probe([list(longest), twin], layer, vector, words)


def _tried(model: Model, longest: Ids) -> Path:
    probe = _probe(model, longest)
    # Where a service has the model, we have not: its plainest forward is the reference.
    expected = _read(model, ROWS, probe) if model.remote else _plain(model, probe)
    if isinstance(expected, Exception):
        raise expected
    bound = rounding(model, expected)
    tried = []
    for name in (GROWING, PACKED, ROWS):
        found = _read(model, name, probe)
        if isinstance(found, Exception):
            tried.append(f"{name}: {type(found).__name__}")
            continue
        difference = float((found - expected).abs().max())
        # What is not finite proves nothing here: it is refused with its own sentence later on.
        if not difference > bound:
            return Path(name, difference)
        tried.append(f"{name}: off by {difference:.2g}")
    raise Refused(
        f"model {model.name!r} ({type(model.module).__name__}) is served by no path that agrees "
        f"with plain hooks ({'; '.join(tried)}): a causal language model whose blocks' outputs are "
        "its residual stream is needed."
    )


def _read(model: Model, name: str, probe: _Probe) -> Tensor | Exception:
    tails = Tails([[prompt[-1:]] * 2 for prompt in probe.prompts])
    packed = Path(name, 0.0).input([prompt[:-1] for prompt in probe.prompts], tails, slots=2)
    edit = passes.Edit(probe.layer, slice(1, 2), probe.vector[None])
    words = probe.words.expand(2, -1)
    reading = passes.Reading(torch.zeros_like(words), words)
    try:
        one = passes.Pass(packed, (edit,), reading, growing=name == GROWING)
        return passes.logits(model, [one])[0]
    except torch.OutOfMemoryError:
        raise
    except Refused as refused:
        # What a service says of itself is no word on the path; what its model says of it is.
        if isinstance(refused, BlockFailed):
            return refused
        raise
    except Exception as error:  # models refuse a mask or positions in as many ways as there are
        return error


def _plain(model: Model, probe: _Probe) -> Tensor:
    def logits(prompt: list[int], scale: float) -> Tensor:
        added = scale * probe.vector
        return plain_logits(model, prompt, probe.layer, added, len(prompt) - 1)[-1, probe.words]

    return torch.stack(
        [torch.stack([logits(prompt, scale) for scale in (0.0, 1.0)]) for prompt in probe.prompts]
    )
