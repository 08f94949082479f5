"""Documents as tensors, with what is injected into them."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.training.curriculum import Stage, draw_recipe
from models.training.documents import Document, Writer
from models.training.network import ALPHA

# Static shapes compile once; the rare longer document loses the end of its reply.
LENGTHS = (64, 88)
# The prompts' language-model loss is a light one: some of the positions do.
PROMPT_POSITIONS_PER_DOCUMENT = 10
REPLY_POSITIONS_PER_DOCUMENT = 13
# From this progress on there are letters to average over.
FIRST_LETTERS = 0.13
LATER_TOKENS_SHARE = 0.5


@dataclass
class Batch:
    """Tensors of one step. Rows are documents; those without an answer come with `asked` 0.

    `positions`/`targets`/`weights` (flat) are what the language-model loss looks at: replies
    first (`replies` of them), then prompts.
    """

    ids: Tensor
    injection: Tensor
    positions: Tensor
    targets: Tensor
    weights: Tensor
    replies: int
    predicting: Tensor
    answer: Tensor
    logit: Tensor
    implied: Tensor
    stated: Tensor
    concept: Tensor
    persona_concept: Tensor
    asked: Tensor
    direct: Tensor
    chosen: Tensor

    def to(self, device: torch.device) -> Batch:
        """The batch with its tensors on the device."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return Batch(
            **{
                name: value.to(device) if isinstance(value, Tensor) else value
                for name, value in values.items()
            }
        )


class Batcher:
    """Draws the batch of a step from the seed, the stage and the step's number alone."""

    def __init__(self, tokenizer: Tokenizer, directions: Tensor, seed: int, documents: int) -> None:
        self.writer = Writer(tokenizer)
        self.directions = directions.cpu()
        self.seed = seed
        self.documents = documents

    def draw(self, stage: Stage, step: int, progress: float, off_direction: Tensor) -> Batch:
        """The batch of one step; `off_direction` (concepts, width) is what may disturb."""
        source = random.Random(f"{self.seed}/{stage.name}/{step}")
        documents = [
            self.writer.draw(draw_recipe(stage, progress, source), source)
            for _ in range(self.documents)
        ]
        needed = max(len(document.ids) for document in documents)
        length = next((length for length in LENGTHS if needed <= length), LENGTHS[-1])
        ids = torch.zeros(len(documents), length, dtype=torch.long)
        weights = torch.zeros(len(documents), length)
        for row, document in enumerate(documents):
            kept = min(length, len(document.ids))
            ids[row, :kept] = torch.tensor(document.ids[:kept])
            weights[row, :kept] = torch.tensor(document.weights[:kept])
        positions, replies = self._predicted(weights, source)
        return Batch(
            ids=ids,
            injection=self._injection(
                documents, length, stage, progress, off_direction=off_direction, source=source
            ),
            positions=positions,
            targets=ids.flatten()[positions + 1],
            weights=weights.flatten()[positions + 1],
            replies=replies,
            predicting=torch.tensor([max(document.predicting, 0) for document in documents]),
            answer=torch.tensor([max(document.answer, 0) for document in documents]),
            logit=torch.tensor([document.logit for document in documents]),
            implied=torch.tensor([float(document.implied) for document in documents]),
            stated=torch.tensor([document.stated for document in documents]),
            concept=torch.tensor([document.concept for document in documents]),
            persona_concept=torch.tensor([document.persona_concept for document in documents]),
            asked=torch.tensor([float(document.answer >= 0) for document in documents]),
            direct=torch.tensor([document.kind == "direct" for document in documents]),
            chosen=torch.tensor([document.kind == "choose" for document in documents]),
        )

    def _predicted(self, weights: Tensor, source: random.Random) -> tuple[Tensor, int]:
        """Flat positions whose next token counts: of replies, then of prompts; how many replies.

        Their number is fixed, so that shapes are static: what is missing repeats at random.
        """
        following = weights.roll(-1, 1)
        following[:, -1] = 0
        found = []
        counts = (REPLY_POSITIONS_PER_DOCUMENT, PROMPT_POSITIONS_PER_DOCUMENT)
        for kept, count in zip(
            (following >= 1, (following > 0) & (following < 1)), counts, strict=True
        ):
            flat = kept.flatten().nonzero()[:, 0]
            generator = torch.Generator().manual_seed(source.getrandbits(48))
            order = torch.randperm(len(flat), generator=generator)
            repeats = -(-count * len(weights) // len(flat))
            found.append(flat[order].repeat(repeats)[: count * len(weights)])
        return torch.cat(found), len(found[0])

    def _injection(
        self,
        documents: list[Document],
        length: int,
        stage: Stage,
        progress: float,
        *,
        off_direction: Tensor,
        source: random.Random,
    ) -> Tensor:
        """(batch, length, width): strength x alpha x direction at the predicting position.

        Half of them reach all later tokens too. In the stages with a `disturbed_share`, what the
        model itself puts beside the direction is injected as well, or another concept's, or a
        random vector of its size: the answer must not follow these.
        """
        generator = torch.Generator().manual_seed(source.getrandbits(48))
        injection = torch.zeros(len(documents), length, self.directions.shape[1])
        for row, document in enumerate(documents):
            if not document.injected or document.predicting < 0:
                continue
            number = document.persona_concept
            added = ALPHA * document.injected * self.directions[number]
            if progress > FIRST_LETTERS and source.random() < stage.disturbed_share:
                drawn = source.random()
                if drawn < 0.6:
                    added = added + off_direction[number] * document.injected
                else:
                    if drawn < 0.75:
                        other = source.randrange(len(off_direction))
                        added = added + off_direction[other] * source.uniform(-1.5, 1.5)
                    noise = torch.randn(added.shape, generator=generator)
                    size = off_direction[number].norm() * source.uniform(0, 1.5)
                    added = added + noise / noise.norm() * size
            begin = document.predicting
            end = length if source.random() < LATER_TOKENS_SHARE else begin + 1
            injection[row, begin:end] = added
        return injection
