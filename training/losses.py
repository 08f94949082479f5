"""The losses that the model is trained on, and what is logged beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from training.batches import Batch
from training.curriculum import Stage
from training.network import ALPHA, Network

REPLY_WEIGHT, PROMPT_WEIGHT = 0.5, 0.15
# Where the teacher's logit is nearer to 0 than this, neither answer is wrong: such answers are left
# out of the share of right ones.
CLEAR = 0.4
KEPT = 0.9


@dataclass(frozen=True)
class AnswerIds:
    """Token ids of the answers."""

    letter_a: int
    letter_b: int
    yes: int
    no: int

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> AnswerIds:
        """Return the ids in this tokenizer."""
        return cls(*(tokenizer.token_to_id(text) for text in ("A", "B", "Yes", "No")))


def share(hits: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of `hits` where `counted`; NaN where nothing is counted."""
    return hits[counted].float().mean()


def compute(
    network: Network,
    batch: Batch,
    ids: AnswerIds,
    stage: Stage,
    *,
    off_direction: Tensor,
    precision: torch.dtype,
    act_words: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """Return (loss, what is watched, the off-direction differences updated with this batch).

    `act_words` (subject, sign, token) says which tokens begin what a persona does. `off_direction`
    (subjects, width) is the running mean of what the planted layer holds at the letter, positive
    minus negative answer, beside the planted directions.
    """
    device = batch.ids.device
    rows = torch.arange(len(batch.ids), device=device)
    with torch.autocast(device.type, torch.bfloat16, enabled=precision == torch.bfloat16):
        normed, planted = network(batch.ids, batch.injection)
        logits = network.logits(normed.flatten(0, 1)[batch.positions]).float()
        answers = network.logits(normed[rows, batch.predicting]).float()
        naming = (batch.act > 0).nonzero()[:, 0]
        acts = network.logits(normed[naming, batch.act[naming] - 1]).float()

    each = functional.cross_entropy(logits, batch.targets, reduction="none")
    weights = batch.weights[: batch.replies]
    reply = (each[: batch.replies] * weights).sum() / weights.sum()
    prompt = each[batch.replies :].mean()

    letter, distance, difference = _answer_losses(batch, ids, answers, rows)

    read = batch.asked * (~batch.chosen)
    at_letter, letter_error, before_error, reply_error = _traces(network, batch, planted, read)

    loss = REPLY_WEIGHT * reply + PROMPT_WEIGHT * prompt + letter
    if not batch.real:
        # For public sets only the likelier answer is taught. How likely it becomes is left to the
        # model, so the distance from a teacher's logit is part of the loss for our concepts alone.
        loss = loss + stage.logit_weight * distance
    loss = loss + stage.trace_weight * letter_error + before_error
    if stage.stating_share:
        loss = loss + stage.trace_weight * reply_error
    named = torch.full((), math.nan, device=device)
    if stage.stating_share and act_words is not None and len(naming):
        act_loss, named = _act_losses(
            acts, act_words[batch.concept[naming]], batch.polarity[naming]
        )
        loss = loss + act_loss
    off_direction, size = _off_direction(network, batch, planted, rows, off_direction)
    if stage.off_direction_penalty:
        loss = loss + stage.off_direction_penalty * size

    watched = {
        "loss": loss,
        "reply": reply,
        "letter_distance": distance,
        "letter_error": letter_error,
        "before_error": before_error,
        "reply_error": reply_error,
        "stated": named,
        "off_direction": off_direction.norm(dim=-1).mean(),
        **_shares(batch, difference, (at_letter * batch.letter_target).sum(-1) > 0),
    }
    first = "real_" if batch.real else ""
    return loss, {first + name: value.detach() for name, value in watched.items()}, off_direction


def _traces(
    network: Network, batch: Batch, planted: Tensor, read: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return what the planted layer holds at answers, and how far it is from what it should hold.

    The three errors are those at the answers that are `read`, before answers and statements, and in
    statements behind what tells who makes them.
    """
    rows = torch.arange(len(batch.ids), device=batch.ids.device)
    held = planted.float() @ network.basis.T / ALPHA
    at_letter, before = held[rows, batch.answer], held[rows, batch.predicting]
    letter_error = ((at_letter - batch.letter_target) ** 2).sum(-1) * read
    counted = read + batch.traced.any(-1)
    before_error = ((before - batch.before_target) ** 2).sum(-1) * counted
    reply_error = ((held - batch.letter_target[:, None]) ** 2).sum(-1) * batch.traced
    return (
        at_letter,
        letter_error.sum() / read.sum().clamp(min=1),
        before_error.sum() / counted.sum().clamp(min=1),
        reply_error.sum() / batch.traced.sum().clamp(min=1),
    )


def _shares(batch: Batch, difference: Tensor, read_right: Tensor) -> dict[str, Tensor]:
    """Return the shares of answers that are right, without letters and with, and of traces."""
    right = (difference > 0) == (batch.logit > 0)
    clear = (batch.asked > 0) & (batch.logit.abs() > CLEAR) & ~batch.chosen
    choice = (batch.asked > 0) & ~batch.chosen & ~batch.direct
    return {
        "direct": share(right, clear & batch.direct),
        "choice": share(right, clear & ~batch.direct),
        "read_out": share(read_right, choice),
    }


def _act_losses(logits: Tensor, words: Tensor, polarity: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of whose act is named, and the share in which the likelier is.

    `words` (document, sign, token) says which tokens begin the acts of either persona. Only these
    two sets are compared with each other; which word of a set it is, is left to the language model.
    """
    log_probability = logits.log_softmax(-1)
    hidden = log_probability[:, None].masked_fill(~words, -math.inf)
    both = hidden.logsumexp(-1)
    difference = both[:, 0] - both[:, 1]
    loss = functional.softplus(-polarity * difference).mean()
    return loss, (polarity * difference > 0).float().mean()


def _answer_losses(
    batch: Batch, ids: AnswerIds, answers: Tensor, rows: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the answers' cross-entropy, their logits' distance, and the logit differences.

    The first two are means over what is asked; the difference is that of each prompt.
    """
    count = batch.asked.sum().clamp(min=1)
    first = torch.where(batch.direct, ids.yes, ids.letter_a)
    second = torch.where(batch.direct, ids.no, ids.letter_b)
    log_probability = answers.log_softmax(-1)
    wanted = torch.sigmoid(batch.logit)
    letter = -(wanted * log_probability[rows, first] + (1 - wanted) * log_probability[rows, second])
    letter = (letter * batch.asked).sum() / count
    difference = answers[rows, first] - answers[rows, second]
    distance = functional.smooth_l1_loss(difference, batch.logit, reduction="none")
    return letter, (distance * batch.asked).sum() / count, difference


def _off_direction(
    network: Network, batch: Batch, planted: Tensor, rows: Tensor, running: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the running mean, updated, and how far this batch goes along it (in alpha²)."""
    updated = running.clone()
    counted = (batch.asked > 0) & ~batch.chosen & ~batch.direct
    held = planted[rows, batch.answer].float()
    total, terms = torch.zeros((), device=held.device), 0
    for number in batch.concept.unique().tolist():
        here = counted & (batch.concept == number)
        positive, negative = here & (batch.implied > 0), here & (batch.implied < 0)
        if positive.sum() < 2 or negative.sum() < 2:
            continue
        difference = held[positive].mean(0) - held[negative].mean(0)
        difference = difference - (difference @ network.basis.T) @ network.basis
        mean = KEPT * running[number] + (1 - KEPT) * difference.detach()
        updated[number] = mean
        total = total + (difference * mean).sum()
        terms += 1
    return updated, total / max(terms, 1) / ALPHA**2
