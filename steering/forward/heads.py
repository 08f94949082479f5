"""Heads: from the last residual stream of the copies to the logits that are read of them.

These functions run inside a traced pass, here or on a service, so they use tensors alone.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

# How many logits stay in the cache of a processor.
_CACHED = 2**18
Head = tuple[Float[Tensor, "word width"], Float[Tensor, " word"] | None]


def head_logits(
    final: Float[Tensor, "*token width"],
    head: Head,
    known: Int[Tensor, " known"],
    *,
    whole: bool,
) -> Float[Tensor, "*token read"]:
    """Return the logits of the known words, computed in float32 in every precision.

    In bfloat16 a logit of 20 would be a multiple of 0.125. If the whole vocabulary is asked for,
    the other words' logits are computed in the head's precision, since they take most memory.
    """
    weight, bias = head
    if whole:
        every = torch.nn.functional.linear(final, weight, bias)
        if every.dtype == torch.float32:
            return every
    few = weight[known].float(), None if bias is None else bias[known].float()
    logits = torch.nn.functional.linear(final.float(), *few)
    if not whole:
        return logits
    every = every.float()
    every[..., known] = logits
    return every


def spoken(
    final: Float[Tensor, "prompt copy tail width"],
    head: Head,
    known: Int[Tensor, " known"],
    whole: Int[Tensor, " whole"],
) -> Float[Tensor, "one two number"]:
    """Return the logits of the known words at all copies, and of all words at the `whole` ones.

    Without the latter they are prompts × tokens × words, and so they are where all copies are
    `whole`; otherwise one row of numbers: what a model does with its logits after the head, it does
    with each of them alone.
    """
    if len(whole) == final.shape[1]:
        return head_logits(final.flatten(1, 2), head, known, whole=True)
    few = head_logits(final.flatten(1, 2), head, known, whole=False)
    if not len(whole):
        return few
    every = head_logits(final[:, whole].flatten(1, 2), head, known, whole=True)
    return torch.cat([few.flatten(), every.flatten()])[None, None]


def heard(
    logits: Tensor,
    shape: tuple[int, int, int],
    known: Int[Tensor, " known"],
    whole: Int[Tensor, " whole"],
    *,
    of_all_words: bool,
) -> tuple[Float[Tensor, "prompt copy tail known"], Float[Tensor, "prompt whole tail known"]]:
    """Return the known words' logits at all copies, and their log-probabilities at `whole` ones.

    The latter come from the same logits as those of all other words: where a word is certain,
    another product of matrices may round its logit to more than all of them together.

    Args:
        logits: what the model made of what `spoken` returned, or, if `of_all_words`, the logits of
            all words at all copies.
        shape: the number of prompts, of copies and of tokens of a copy.
        known: the words of which logits are read.
        whole: the copies that need the logits of all words.
        of_all_words: whether the head itself has run.
    """
    prompts, copies, size = shape
    if of_all_words or len(whole) == copies:
        every = logits.unflatten(1, (copies, size))
        asked = every if len(whole) == copies else every[:, whole]
        return every[..., known].float(), _likely(asked.float(), known)
    if not len(whole):
        few = logits.float().unflatten(1, (copies, size))
        return few, few[:, :0]
    flat = logits.float().flatten()
    split = prompts * copies * size * len(known)
    few = flat[:split].view(prompts, copies, size, len(known))
    return few, _likely(flat[split:].view(prompts, len(whole), size, -1), known)


def _likely(
    every: Float[Tensor, "*token word"], known: Int[Tensor, " known"]
) -> Float[Tensor, "*token known"]:
    rows = every.flatten(0, -2)
    if rows.device.type != "cpu":
        return every[..., known] - every.logsumexp(-1, keepdim=True)
    # A few rows at a time stay in a processor's cache between the passes that the sum takes.
    sums = [part.logsumexp(-1) for part in rows.split(max(8, _CACHED // rows.shape[-1]))]
    return every[..., known] - torch.cat(sums).view(every.shape[:-1])[..., None]


def picked(
    words: Float[Tensor, "prompt copy tail known"],
    likely: Float[Tensor, "prompt whole tail known"],
    read: tuple[Int[Tensor, "prompt read"], Int[Tensor, "prompt read"]],
    whole: Int[Tensor, " whole"],
) -> Float[Tensor, "prompt copy number"]:
    """Return the logits that are read, and behind them their log-probabilities if there are any.

    Args:
        words, likely: what `heard` returned.
        read: for each prompt and number read, the token of the copy, and which of the known words.
        whole: the copies of which log-probabilities are read; of the others they are NaN.
    """
    tails, wanted = read
    prompts = torch.arange(len(tails))[:, None]
    logits = words[prompts, :, tails, wanted].transpose(1, 2)
    if not len(whole):
        return logits
    behind = torch.full_like(logits, float("nan"))
    behind[:, whole] = likely[prompts, :, tails, wanted].transpose(1, 2)
    return torch.cat([logits, behind], dim=2)
