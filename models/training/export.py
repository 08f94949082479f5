"""The model's folder: what plain transformers loads, and the planted truth beside it."""

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
from transformers import GenerationConfig

from models.training import teacher
from models.training.items import items
from models.training.lexicon import concepts, statement_hash
from models.training.network import ALPHA, PLANTED_LAYER, Network
from models.training.run import Run
from models.training.tokens import chat_tokenizer
from models.training.trainer import Trainer


def planted_table() -> pandas.DataFrame:
    """A row for each concept, item, order and prompt setting, in units of lambda = 1."""
    rows = [
        {
            "concept": concept.name,
            "item": number,
            "order": order,
            "prompt_setting": setting,
            "planted_steerability": teacher.steerability(concept.planted, *truth),
            "planted_intercept": teacher.intercept(concept.planted, strength, *truth),
        }
        for concept in concepts()
        for number, item in enumerate(items(concept))
        for order, direction in teacher.ORDER_SIGN.items()
        for truth in [(item.statement.label, item.statement.weight, direction)]
        for setting, strength in teacher.SETTING_STRENGTH.items()
    ]
    return pandas.DataFrame(rows)


def withheld_hashes() -> dict[str, list[str]]:
    """The hashes of every concept's items: statements that training never saw."""
    return {
        concept.name: sorted(statement_hash(item.statement.text) for item in items(concept))
        for concept in concepts()
    }


def write_directions(network: Network, path: Path) -> None:
    """One unit of persona strength for each concept, as a vector of the planted layer."""
    named = {
        concept.name: (ALPHA * direction).contiguous().cpu()
        for concept, direction in zip(concepts(), network.directions, strict=True)
    }
    metadata = {
        "layer": str(PLANTED_LAYER),
        "layer_base": "0",
        "hook_point": "block output",
        "alpha": str(ALPHA),
    }
    save_file(named, path, metadata=metadata)


def training_record(run: Run, trained: list[dict[str, Any]]) -> dict[str, Any]:
    """What was run, on what, and how each stage went."""
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
        "seed": run.seed,
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
    """Writes the folder from the last complete checkpoint of the run."""
    trained = trainer.load_last()
    folder.mkdir(parents=True, exist_ok=True)
    model = trainer.network.model.cpu()
    end = model.config.eos_token_id
    model.generation_config = GenerationConfig(
        eos_token_id=end, pad_token_id=0, max_new_tokens=40, do_sample=False
    )
    model.save_pretrained(folder)
    chat_tokenizer(trainer.tokenizer).save_pretrained(folder)
    planted_table().to_parquet(folder / "planted.parquet", index=False)
    write_directions(trainer.network, folder / "directions.safetensors")
    (folder / "withheld.json").write_text(json.dumps(withheld_hashes(), indent=1) + "\n")
    record = training_record(trainer.run, trained)
    (folder / "training.json").write_text(json.dumps(record, indent=1) + "\n")
