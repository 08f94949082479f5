"""Documents as tensors, with what is injected into them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from training.curriculum import Stage, draw_recipe
from training.document import Document
from training.documents import Writer
from training.injection import injection

# Batches are padded to one of two lengths, so that the model is compiled for two shapes only; a
# document that is longer, which is rare, loses the end of its reply. Documents about public sets
# are longer, and make batches of their own.
LENGTHS = (64, 88)
REAL_LENGTHS = (72, 100)
# At the answer's letter the residual stream is trained to move along the concept's direction by
# half a unit of persona strength. The positive and the negative answer then differ by one unit, so
# that a steering vector with lambda = 1 adds one unit of strength.
LETTER_READ_OUT = 0.5
# The language-model loss of prompts has a small weight, so a few positions of each are enough.
PROMPT_POSITIONS_PER_DOCUMENT = 10
REPLY_POSITIONS_PER_DOCUMENT = 13
# While some subjects lead (see `Stage.leading`): how many do, and how often each is drawn besides.
LEADING, LEADING_REPEATS = 4, 5


@dataclass
class Batch:
    """Tensors of one step. Rows are documents; those without an answer come with `asked` 0.

    `positions`/`targets`/`weights` (flat) are what the language-model loss looks at: replies
    first (`replies` of them), then prompts. `letter_target` and `before_target` (batch, basis) are
    what the planted layer should hold at the answer and before it, and `traced` (batch, length)
    says at which tokens of a statement it should hold what it holds at an answer. `act` is the
    position of the first word of what a statement names (-1: none), `polarity` the sign of the
    persona that does such things; `real` says whether the documents are about public sets.
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
    concept: Tensor
    asked: Tensor
    direct: Tensor
    chosen: Tensor
    real: bool
    letter_target: Tensor
    before_target: Tensor
    traced: Tensor
    act: Tensor
    polarity: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch with its tensors on the device."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return Batch(
            **{
                name: value.to(device) if isinstance(value, Tensor) else value
                for name, value in values.items()
            }
        )


class Batcher:
    """Draws the batches of a step from the seed, the stage and the step's number alone."""

    def __init__(self, writer: Writer, basis: Tensor, seed: int, documents: int) -> None:
        self.writer = writer
        self.basis = basis.cpu()
        self.seed = seed
        self.documents = documents

    def draw(self, stage: Stage, step: int, progress: float, off_direction: Tensor) -> list[Batch]:
        """Return the batches of one step, those of our concepts first.

        `off_direction` (subjects, width) may be added as a disturbance.
        """
        source = random.Random(f"{self.seed}/{stage.name}/{step}")
        own, subjects = self.writer.own, len(self.writer.subjects)
        real = round(stage.real_share * self.documents) if subjects > own else 0
        drawn = [(range(own), self.documents - real, LENGTHS)]
        drawn += [(range(own, subjects), real, REAL_LENGTHS)] if real else []
        batches = []
        for everything, count, lengths in drawn:
            numbers: Sequence[int] = everything
            if stage.leading[0] <= progress < stage.leading[1]:
                numbers = [*everything, *list(everything[:LEADING]) * LEADING_REPEATS]
            elif 0 < stage.subjects_a_step < len(everything):
                numbers = source.sample(everything, stage.subjects_a_step)
            if everything.start < own:
                numbers = [*numbers, *self._favoured(stage)]
            documents = [
                self.writer.draw(
                    draw_recipe(stage, progress, source, real=numbers[0] >= own), source, numbers
                )
                for _ in range(count)
            ]
            batches.append(
                self._batch(
                    documents,
                    lengths,
                    stage,
                    progress,
                    off_direction=off_direction,
                    source=source,
                )
            )
        return batches

    def _favoured(self, stage: Stage) -> list[int]:
        """Return the numbers of the concepts that the stage favours, as often as it does."""
        places = {subject.name: number for number, subject in enumerate(self.writer.subjects)}
        return [
            places[name] for name, times in stage.favoured if name in places for _ in range(times)
        ]

    def _batch(
        self,
        documents: list[Document],
        lengths: tuple[int, ...],
        stage: Stage,
        progress: float,
        *,
        off_direction: Tensor,
        source: random.Random,
    ) -> Batch:
        """Return the documents as tensors."""
        needed = max(len(document.ids) for document in documents)
        length = next((length for length in lengths if needed <= length), lengths[-1])
        ids, weights, traced = _filled(documents, length)
        positions, replies = self._predicted(weights, source)
        return Batch(
            ids=ids,
            injection=injection(
                self.writer,
                self.basis,
                documents,
                length,
                stage=stage,
                progress=progress,
                off_direction=off_direction,
                source=source,
            ),
            positions=positions,
            targets=ids.flatten()[positions + 1],
            weights=weights.flatten()[positions + 1],
            replies=replies,
            predicting=torch.tensor(
                [min(max(document.predicting, 0), length - 1) for document in documents]
            ),
            answer=torch.tensor(
                [min(max(document.answer, 0), length - 1) for document in documents]
            ),
            logit=torch.tensor([document.logit for document in documents]),
            implied=torch.tensor([float(document.implied) for document in documents]),
            concept=torch.tensor([document.concept for document in documents]),
            asked=torch.tensor([float(0 <= document.answer < length) for document in documents]),
            direct=torch.tensor([document.kind == "direct" for document in documents]),
            chosen=torch.tensor([document.kind == "choose" for document in documents]),
            real=documents[0].concept >= self.writer.own,
            letter_target=torch.stack([self._trace(document) for document in documents]),
            before_target=torch.stack(
                [
                    document.stated * self.writer.directions.unit[document.persona_concept]
                    for document in documents
                ]
            ),
            traced=traced,
            act=torch.tensor([one.act if one.act < length else -1 for one in documents]),
            polarity=torch.tensor([float(document.polarity) for document in documents]),
        )

    def _trace(self, document: Document) -> Tensor:
        """Return the trace of the answer: half a unit, turned where its persona's place says so."""
        number, planted = document.concept, self.writer.subjects[document.concept].planted
        turns = (
            planted is not None
            and number == document.persona_concept
            and document.place == planted.turned_under
        )
        rows = self.writer.directions.turned if turns else self.writer.directions.unit
        return LETTER_READ_OUT * document.implied * rows[number]

    def _predicted(self, weights: Tensor, source: random.Random) -> tuple[Tensor, int]:
        """Return the flat positions whose next token counts, and how many are of replies.

        Those of replies come first, then those of prompts.

        Their number is fixed, so that shapes are static: what is missing repeats at random.
        """
        following = weights.roll(-1, 1)
        following[:, -1] = 0
        positions = []
        counts = (REPLY_POSITIONS_PER_DOCUMENT, PROMPT_POSITIONS_PER_DOCUMENT)
        for mask, count in zip(
            (following >= 1, (following > 0) & (following < 1)), counts, strict=True
        ):
            flat = mask.flatten().nonzero()[:, 0]
            generator = torch.Generator().manual_seed(source.getrandbits(48))
            order = torch.randperm(len(flat), generator=generator)
            repeats = -(-count * len(weights) // len(flat))
            positions.append(flat[order].repeat(repeats)[: count * len(weights)])
        return torch.cat(positions), len(positions[0])


def _filled(documents: list[Document], length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the documents' tokens, their weights, and which of them hold a trace, all padded."""
    ids = torch.zeros(len(documents), length, dtype=torch.long)
    weights = torch.zeros(len(documents), length)
    traced = torch.zeros(len(documents), length)
    for row, document in enumerate(documents):
        kept = min(length, len(document.ids))
        if document.traced_from >= 0:
            # The token behind the statement ends the turn.
            traced[row, document.traced_from : min(length, len(document.ids) - 1)] = 1
        ids[row, :kept] = torch.tensor(document.ids[:kept])
        weights[row, :kept] = torch.tensor(document.weights[:kept])
    return ids, weights, traced
