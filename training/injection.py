"""What is injected into documents: personas as vectors, and what must change no answer."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from training.curriculum import Stage
from training.document import Document
from training.documents import Writer
from training.network import ALPHA

# Averages over answers that are letters begin at this progress: before it, documents have none.
FIRST_LETTERS = 0.13
LATER_TOKENS_SHARE = 0.5


def injection(
    writer: Writer,
    basis: Tensor,
    documents: list[Document],
    length: int,
    *,
    stage: Stage,
    progress: float,
    off_direction: Tensor,
    source: random.Random,
) -> Tensor:
    """Return (batch, length, width): strength x alpha x direction at the predicting position.

    Half of them reach all later tokens too. In the stages with a `disturbed_share`, what the
    model itself puts beside the direction is injected as well, or another concept's, or a
    random vector of its size: the answer must not follow these.
    """
    generator = torch.Generator().manual_seed(source.getrandbits(48))
    injection = torch.zeros(len(documents), length, basis.shape[1])
    directions = writer.directions
    for row, document in enumerate(documents):
        if not any(document.injected) or document.predicting < 0:
            continue
        number, (along, beside) = document.persona_concept, document.injected
        rows = along * directions.unit[number] + beside * directions.beside[number]
        added = ALPHA * rows @ basis
        if progress > FIRST_LETTERS and source.random() < stage.disturbed_share:
            drawn = source.random()
            if drawn < 0.6:
                added = added + off_direction[number] * along
            else:
                if drawn < 0.75:
                    other = source.randrange(len(off_direction))
                    added = added + off_direction[other] * source.uniform(-1.5, 1.5)
                noise = torch.randn(added.shape, generator=generator)
                size = off_direction[number].norm() * source.uniform(0, 1.5)
                added = added + noise / noise.norm() * size
        begin = document.predicting
        # A statement is steered as a whole.
        later = source.random() < LATER_TOKENS_SHARE or document.kind == "state"
        end = length if later else begin + 1
        injection[row, begin:end] = added
    return injection
