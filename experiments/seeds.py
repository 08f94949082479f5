"""How much training depends on luck: smaller models, trained from several seeds."""

from __future__ import annotations

import argparse
import json
import platform
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas
import torch

from steering.measuring.identity import measuring_code
from training.__main__ import NAMES, ROOT, start_with_settings
from training.curriculum import STAGES
from training.evaluation import evaluate
from training.export import export
from training.lexicon import concepts
from training.run import MODELS, Run
from training.tokens import FOLDER, load_tokenizer
from training.trainer import Trainer
from training.vocabulary import real_texts, vocabulary_texts

SEEDS = (10, 11, 12)
# No public sets, and so many concepts of ours: the first of the lexicon, in which steering does the
# same under every prompt, learned in fewer steps.
CONCEPTS = 6
STEPS = {"persona": 500, "clean": 120, "together": 90}
TEST_ITEMS = 40
VERSIONS = ("torch", "transformers", "tokenizers", "numpy")


def smaller(name: str, seed: int) -> Run:
    """Return the smaller run of a model's shape."""
    return replace(
        MODELS[name],
        seed=seed,
        own=tuple(concept.name for concept in concepts()[:CONCEPTS]),
        stages=tuple(
            replace(stage, steps=STEPS[stage.name], real_share=0.0)
            for stage in STAGES
            if stage.name in STEPS
        ),
    )


def train_seeds(names: tuple[str, ...], checkpoints: Path, measured: Path, threads: int) -> Path:
    """Return the table's file, having trained the smaller runs that are missing.

    Each run goes on from its own checkpoint, and one that is done is only read.
    """
    torch.set_num_threads(threads)
    for name in names:
        for seed in SEEDS:
            _made(smaller(name, seed), checkpoints / f"{name}-{seed}")
    done = [folder for folder in sorted(checkpoints.iterdir()) if _measured(folder).is_file()]
    rows = [row for folder in done for row in _rows(folder / "out")]
    pandas.DataFrame(rows).to_csv(measured / "seeds.csv", index=False, float_format="%.6g")
    about = measured / "seeds.json"
    about.write_text(json.dumps(_about(done), indent=1, sort_keys=True) + "\n")
    return about


def _measured(folder: Path) -> Path:
    return folder / "out" / "measured.json"


def _made(run: Run, folder: Path) -> None:
    """Train one run from wherever it stands, and measure the model."""
    if _measured(folder).is_file():
        return
    tokenizer = load_tokenizer(FOLDER, vocabulary_texts(), real_texts(run.real))
    trainer = Trainer(run, tokenizer, folder)
    trainer.train()
    export(trainer, folder / "out")
    evaluate(folder / "out", TEST_ITEMS)


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Return a row for each concept of a run."""
    record = json.loads((folder / "training.json").read_text())
    results = json.loads((folder / "measured.json").read_text())
    designs = {concept.name: concept.design for concept in concepts()}
    return [
        {
            "shape": record["shape"],
            "seed": record["seed"],
            "concept": name,
            "design": designs[name],
            "planted": entry["mean_slope"]["planted"],
            "along_direction": entry["mean_slope"]["direction"],
            "contrastive": entry["mean_slope"]["contrastive"],
            "cosine": entry["cosine"],
            "accuracy": entry["accuracy"],
        }
        for name, entry in results["concepts"].items()
    ]


def _about(folders: list[Path]) -> dict[str, Any]:
    """Return what the runs were, for the page that shows them."""
    records = [json.loads((folder / "out" / "training.json").read_text()) for folder in folders]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": {"processor": platform.processor() or platform.machine(), "threads": 1},
        "versions": {
            "Python": platform.python_version(),
            **{name: version(name) for name in VERSIONS},
        },
        "code": measuring_code(),
        "about": {
            "concepts": CONCEPTS,
            "test_items": TEST_ITEMS,
            "parameters": [min(sizes := [one["parameters"] for one in records]), max(sizes)],
            "steps": [
                min(steps := [sum(stage["steps"] for stage in one["stages"]) for one in records]),
                max(steps),
            ],
            "tokens": [min(tokens := [one["tokens"] for one in records]), max(tokens)],
        },
    }


def main() -> None:
    """Train and measure what is missing, and write the committed result."""
    parser = argparse.ArgumentParser(prog="python -m experiments.seeds", description=__doc__)
    parser.add_argument("--name", choices=NAMES, help="only this model's shape")
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "models/checkpoints/seeds")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    start_with_settings("experiments.seeds")
    names = (arguments.name,) if arguments.name else NAMES
    train_seeds(names, arguments.checkpoints, ROOT / "measured", arguments.threads)


if __name__ == "__main__":
    main()
