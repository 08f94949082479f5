"""Writing the model's folder: what plain transformers loads, and the planted truth beside it."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas
import safetensors
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from torch import Tensor
from transformers import GenerationConfig

from training import teacher
from training.items import items
from training.lexicon import concepts, statement_hash
from training.network import ALPHA, PLANTED_LAYER
from training.real import withheld_items
from training.run import Run
from training.subjects import directions
from training.tokens import chat_tokenizer
from training.trainer import Trainer


def planted_table(own: tuple[str, ...] = ()) -> pandas.DataFrame:
    """Return a row for each item of ours, order and pair of settings, in units of lambda = 1."""
    pairs = [(vector, prompt) for vector in teacher.SETTINGS for prompt in teacher.SETTINGS]
    rows = []
    for concept in concepts(own):
        lines = {pair: teacher.line(concept.planted, *pair) for pair in pairs}
        for number, item in enumerate(items(concept)):
            label, weight = item.statement.label, item.statement.weight
            for order, direction in teacher.ORDER_SIGN.items():
                slope = teacher.per_strength(concept.planted, label, weight, direction)
                constant = teacher.constant(concept.planted, label, direction)
                rows += [
                    (concept.name, number, order, *pair, slope * unit, constant + slope * rest)
                    for pair, (unit, rest) in lines.items()
                ]
    return pandas.DataFrame(
        rows,
        columns=[
            "concept",
            "item",
            "order",
            "vector_setting",
            "prompt_setting",
            "planted_steerability",
            "planted_intercept",
        ],
    )


def withheld_hashes(own: tuple[str, ...], real: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the hashes of statements that training never saw, by concept and public set."""
    hashes = {
        concept.name: sorted(statement_hash(item.statement.text) for item in items(concept))
        for concept in concepts(own)
    }
    for name in real:
        hashes[name] = sorted({statement_hash(item.statement) for item in withheld_items(name)})
    return hashes


def write_directions(
    basis: Tensor, own: tuple[str, ...], real: tuple[str, ...], path: Path
) -> None:
    """Write one direction for each subject, as a vector of the planted layer.

    Its length is that of one unit of persona strength.

    What a trace is turned to under a prompt setting stands beside it, as CONCEPT/SETTING.
    """
    planted = directions(len(real), own)
    vectors = ALPHA * planted.unit @ basis.cpu()
    names = [concept.name for concept in concepts(own)]
    named = dict(zip([*names, *real], vectors, strict=True))
    for row, concept in enumerate(concepts(own)):
        for setting, (place, _) in teacher.SETTINGS.items():
            if place == concept.planted.turned_under:
                named[f"{concept.name}/{setting}"] = ALPHA * planted.turned[row] @ basis.cpu()
    metadata = {
        "layer": str(PLANTED_LAYER),
        "layer_base": "0",
        "hook_point": "block output",
        "alpha": str(ALPHA),
    }
    whole = {name: vector.clone().contiguous() for name, vector in named.items()}
    save_file(whole, path, metadata=metadata)


def training_record(run: Run, trained: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was run, on what, and how each stage went."""
    stages = []
    for progress in trained:
        stages.append(
            {
                "name": progress["stage"],
                "steps": progress["step"],
                "tokens": progress["tokens"],
                "seconds": round(progress["seconds"]),
                "last": progress["records"][-1] if progress["records"] else {},
                "losses": [[record["tokens"], record["loss"]] for record in progress["records"]],
            }
        )
    return {
        "shape": run.shape,
        "seed": run.seed,
        "own": [concept.name for concept in concepts(run.own)],
        "real": list(run.real),
        "documents_per_step": run.documents,
        "tokens": sum(stage["tokens"] for stage in stages),
        "seconds": sum(stage["seconds"] for stage in stages),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "safetensors": safetensors.__version__,
        },
        "recipe": [asdict(stage) for stage in run.stages],
        "stages": stages,
    }


def export(trainer: Trainer, folder: Path) -> None:
    """Write the folder from the last complete checkpoint of the run."""
    trained = trainer.load_last()
    folder.mkdir(parents=True, exist_ok=True)
    model = trainer.network.model.cpu()
    end = model.config.eos_token_id
    model.generation_config = GenerationConfig(
        eos_token_id=end, pad_token_id=0, max_new_tokens=40, do_sample=False
    )
    model.save_pretrained(folder)
    chat_tokenizer(trainer.tokenizer).save_pretrained(folder)
    own, real = trainer.run.own, trainer.run.real
    planted_table(own).to_parquet(folder / "planted.parquet", index=False, compression="zstd")
    write_directions(trainer.network.basis, own, real, folder / "directions.safetensors")
    (folder / "withheld.json").write_text(json.dumps(withheld_hashes(own, real), indent=1) + "\n")
    record = training_record(trainer.run, trained)
    record["parameters"] = sum(weight.numel() for weight in model.parameters())
    (folder / "training.json").write_text(json.dumps(record, indent=1) + "\n")
