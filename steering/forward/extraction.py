"""Extraction: the residual stream at the letter of the answer, which steering vectors come from."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from steering.errors import Refused
from steering.forward.batches import Batches, budget_of, run_all
from steering.forward.packing import Tails
from steering.forward.passes import gathering_device, residuals
from steering.forward.routes import route_of
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.vectors.makers import Contrast


def contrast(
    model: Model,
    prompts: Sequence[Prompt],
    keep: Collection[int] = (),
    label: str = "vectors",
    weights: Float[Tensor, "vector pair"] | None = None,
) -> Contrast:
    """Return the contrastive vectors of all layers in one pass over the training prompts.

    Tan et al., section 3.1: v_L is the mean over pairs of a_L(x, y+) − a_L(x, y−), where a_L is the
    output of decoder block L at the letter of the answer. Both letters are read in one forward pass
    of their prompt. Memory grows with the number of layers, not with that of pairs.

    Args:
        model: the model.
        prompts: the training prompts; each makes one pair.
        keep: layers of which the difference of every single pair is kept too.
        label: the name on the progress bar.
        weights: for each further vector of the same pairs (from resampled pairs, or with shuffled
            labels), what each pair counts in it.

    Raises Refused where activations are not finite.
    """
    # Sums are made where the blocks' outputs are, so that no more than they leave a GPU.
    there = gathering_device(model)
    total = torch.zeros(model.depth, model.width, dtype=torch.float64, device=there)
    norms = torch.zeros(model.depth, dtype=torch.float64, device=there)
    differences = {layer: torch.zeros(len(prompts), model.width) for layer in keep}
    weights = (torch.zeros(0, len(prompts)) if weights is None else weights).to(there)
    weighted = torch.zeros(len(weights), model.depth, model.width, device=there)
    ids = [prompt.token_ids for prompt in prompts]
    answers, parents, last = _answers(prompts)
    bar = tqdm(total=len(prompts), desc=label, unit="pair", delay=2, leave=False)
    route = route_of(model, ids)

    def cut(left: list[int], budget: int) -> Batches:
        return route.cut(model, [ids[at] for at in left], 1, len(parents), budget)

    def run(work: Batches) -> None:
        packs = [
            route.input(
                [ids[at] for at in group],
                Tails([answers[at] for at in group], parents),
                work.slots,
            )
            for group in work.prompts
        ]
        for group, (hidden, lengths) in zip(work.prompts, residuals(model, packs), strict=True):
            pairs = hidden[:, :, 0, last[0]] - hidden[:, :, 0, last[1]]
            total.add_(pairs.double().sum(1))
            norms.add_(lengths.double().sum(1))
            if len(weights):
                weighted.add_(torch.einsum("vp,lpw->vlw", weights[:, list(group)], pairs))
            for layer, rows in differences.items():
                rows[list(group)] = pairs[layer].cpu()
            bar.update(len(group))

    # A service sends the outputs of all blocks at both answers, as float32: 4 bytes a number.
    result_bytes = 4 * len(parents) * model.depth * model.width if model.remote else None
    run_all(len(prompts), budget_of(model.device), cut, run, result_bytes=result_bytes)
    bar.close()
    vectors, sizes = (total / len(prompts)).float().cpu(), (norms / len(prompts)).float().cpu()
    if not torch.isfinite(vectors).all():
        raise Refused(
            f"model {model.name!r} gives activations that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return Contrast(vectors, sizes, differences, weighted.cpu())


def _answers(
    prompts: Sequence[Prompt],
) -> tuple[list[tuple[tuple[int, ...]]], tuple[int, ...], tuple[int, int]]:
    """Return the tokens of both answers to each prompt, up to the position that is read.

    They form one copy with two branches: the positive answer's tokens, then the negative one's.
    The second value is, for each token, the token that it follows; the third, the two places that
    are read.
    """
    assert not any(prompt.positions.to_the_end for prompt in prompts), "one token is read of each"
    behind = {prompt.read_position - len(prompt.token_ids) + 1 for prompt in prompts}
    assert len(behind) == 1, "all prompts are read at the same place of their answer"
    (count,) = behind
    tails = []
    for prompt in prompts:
        positive = prompt.letter_ids.index(prompt.positive_letter_id)
        both = prompt.answer_ids[positive][:count], prompt.answer_ids[1 - positive][:count]
        assert all(len(answer) == count for answer in both), "the answer is read within itself"
        tails.append(((*both[0], *both[1]),))
    branch = range(-1, count - 1)
    parents = (*branch, *(at + count if at >= 0 else -1 for at in branch))
    return tails, parents, (count - 1, 2 * count - 1)
