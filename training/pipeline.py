"""The stages of the command, from the concepts' data to the measured model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from training.card import write_card
from training.evaluation import evaluate
from training.export import export
from training.items import write_concepts
from training.run import Run
from training.tokens import FOLDER, load_tokenizer
from training.trainer import Trainer
from training.vocabulary import real_texts, vocabulary_texts

CONCEPTS = Path(__file__).parents[1] / "concepts"


def run_stages(
    stages: Sequence[str], out: Path, checkpoints: Path, run: Run, *, threads: int = 1
) -> None:
    """Run the named stages in their order."""
    torch.set_num_threads(threads)
    tokenizer = load_tokenizer(FOLDER, vocabulary_texts(), real_texts(run.real))
    trainer = Trainer(run, tokenizer, checkpoints)
    if "concepts" in stages:
        write_concepts(CONCEPTS)
    trainer.train(stages)
    if "export" in stages:
        export(trainer, out)
        write_card(out)
    if "evaluate" in stages:
        results = evaluate(out)
        write_card(out)
        for setting, entry in results["persona_following"].items():
            print(setting, entry)
        print(results["correlation_with_planted"])
