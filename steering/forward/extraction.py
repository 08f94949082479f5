"""Extraction: the residual stream at the answers, which steering vectors come from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from steering.errors import Refused
from steering.forward.batches import Batches, budget_of, run_all
from steering.forward.gathering import gathering
from steering.forward.lengths import alike
from steering.forward.packing import Tails
from steering.forward.passes import residuals
from steering.forward.routes import route_of
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.remote.deferred import all_or_pending
from steering.vectors.makers import Contrast


def contrast(
    model: Model,
    prompts: Sequence[Prompt],
    keep: Collection[int] = (),
    label: str = "vectors",
    weights: Float[Tensor, "vector pair"] | None = None,
    *,
    negative: bool = False,
) -> Contrast:
    """Return the contrastive vectors of all layers in one pass over the training prompts.

    Tan et al., section 3.1: v_L is the mean over pairs of a_L(x, y+) − a_L(x, y−), where a_L is the
    output of decoder block L at the letter of the answer, or its mean over the tokens of a reply
    in free text: each prompt says which. Both answers are read in one forward pass of their prompt.
    Memory grows with the number of layers, not with that of pairs.

    Args:
        model: the model.
        prompts: the training prompts; each makes one pair.
        keep: layers of which the difference of every single pair is kept too.
        label: the name on the progress bar.
        weights: for each further vector of the same pairs (from resampled pairs, or with shuffled
            labels), what each pair counts in it.
        negative: whether the mean of the negative answers is kept too.

    Raises Refused where activations are not finite.
    """
    gathered = gathering(model, len(prompts), keep, weights, negative=negative)
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    bar = tqdm(total=len(prompts), desc=label, unit="pair", delay=2, leave=False)

    def of_group(some: Sequence[int]) -> None:
        ids = [prompts[at].token_ids for at in some]
        answers, parents, signed = _answers([prompts[at] for at in some])
        counts = torch.stack([signed, -signed.clamp(max=0)]) if negative else signed[None]

        def cut(left: list[int], budget: int) -> Batches:
            return route.cut(model, [ids[at] for at in left], 1, len(parents), budget)

        def run(work: Batches) -> None:
            packs = [
                route.input(
                    [ids[at] for at in group],
                    Tails([answers[at] for at in group], (parents,)),
                    work.slots,
                )
                for group in work.prompts
            ]
            counted = [counts[:, list(group)] for group in work.prompts]
            own = [[some[at] for at in group] for group in work.prompts]
            ways = gathered.ways(own)
            gathered.add(own, residuals(model, packs, counted, ways), summed=bool(ways))
            bar.update(sum(map(len, own)))

        run_all(
            len(some), budget_of(model.device), cut, run, result_bytes=gathered.result_bytes(some)
        )

    all_or_pending(*[partial(of_group, some) for some in alike(prompts)])
    bar.close()
    vectors, *others = _means(model, gathered.total, len(prompts))
    sizes = (gathered.norms / len(prompts)).float().cpu()
    return Contrast(vectors, sizes, gathered.differences, gathered.weighted.cpu(), *others)


def _means(
    model: Model, total: Float[Tensor, "layer sum width"], count: int
) -> Float[Tensor, "sum layer width"]:
    means = (total / count).float().cpu().transpose(0, 1).contiguous()
    if not torch.isfinite(means).all():
        raise Refused(
            f"model {model.name!r} gives activations that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return means


def _answers(
    prompts: Sequence[Prompt],
) -> tuple[list[tuple[tuple[int, ...]]], tuple[int, ...], Float[Tensor, "prompt copy tail"]]:
    """Return the tokens of both answers to each prompt, up to the last one that is read.

    They form one copy with two branches: the positive answer's tokens, then the negative one's,
    padded to one length. The second value is, for each token, the token that it follows. The third
    is what each token counts in the pair's difference: those read of the positive answer one in
    all, those of the negative one minus one, and all others nothing.
    """
    sides = [_read(prompt) for prompt in prompts]
    longest = max(len(ids) for pair in sides for ids, _ in pair)
    tails, counts = [], torch.zeros(len(prompts), 1, 2 * longest)
    for row, pair in enumerate(sides):
        filled: list[int] = []
        for sign, (ids, first) in zip((1, -1), pair, strict=True):
            start = len(filled)
            filled += [*ids, *[0] * (longest - len(ids))]
            counts[row, 0, start + first : start + len(ids)] = sign / (len(ids) - first)
        tails.append((tuple(filled),))
    branch = range(-1, longest - 1)
    parents = (*branch, *(at + longest if at >= 0 else -1 for at in branch))
    return tails, parents, counts


def _read(prompt: Prompt) -> list[tuple[tuple[int, ...], int]]:
    """Return of the positive and of the negative answer its tokens, and the first that is read."""
    first = prompt.read_position - len(prompt.token_ids)
    sides = prompt.answer_ids if prompt.positive_first else prompt.answer_ids[::-1]
    if not prompt.positions.to_the_end:
        assert all(len(side) > first for side in sides), "the answer is read within itself"
        return [(side[: first + 1], first) for side in sides]
    return [(side, first) for side in sides]
