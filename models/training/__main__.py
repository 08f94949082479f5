"""Command line: `python -m models.training` trains, exports and measures the embedded model."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

MODELS = Path(__file__).parents[1]


def main() -> None:
    """Runs the stages that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("--out", type=Path, default=MODELS / "wren", help="the model's folder")
    parser.add_argument("--checkpoints", type=Path, default=MODELS / "checkpoints" / "wren")
    parser.add_argument("--stage", action="append", help="only this stage (can be repeated)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--miniature", action="store_true", help="a few steps of a narrow model")
    arguments = parser.parse_args()

    # One core's matrix units are busy with one batch; glibc's page faults would double the time,
    # and only a fresh process reads these settings.
    settings = {
        "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
        "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
        "MALLOC_TOP_PAD_": str(1 << 28),
        "TOKENIZERS_PARALLELISM": "false",
    }
    if any(name not in os.environ for name in settings):
        command = [sys.executable, "-m", "models.training", *sys.argv[1:]]
        os.execvpe(command[0], command, {**settings, **os.environ})

    import torch

    from models.training.documents import vocabulary_texts
    from models.training.tokens import load_tokenizer
    from models.training.trainer import Run, Trainer

    torch.set_num_threads(arguments.threads)
    run = Run(seed=arguments.seed)
    run = run.miniature() if arguments.miniature else run
    tokenizer = load_tokenizer(arguments.out, vocabulary_texts())
    trainer = Trainer(run, tokenizer, arguments.checkpoints)
    trainer.train(arguments.stage)


if __name__ == "__main__":
    main()
