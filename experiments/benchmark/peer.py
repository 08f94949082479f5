"""steering-bench's procedure under steering-vectors: runs in the peer's own environment.

This program imports nothing of this repository. It reads one JSON object a line, first a model's
folder and then tasks, and answers each with an object: the result, and the CPU time that it took.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from steering_vectors import SteeringVector, train_steering_vector
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

Score = list[list[list[float]]]


def sweep(model: Any, tokenizer: Any, task: dict[str, Any]) -> Score:
    """Return prompt × layer × λ: for each whole answer and each λ a forward at batch size 1."""
    return [
        [
            [
                answer(model, tokenizer, prompt, "positive", vector=vector, multiplier=multiplier)
                - answer(model, tokenizer, prompt, "negative", vector=vector, multiplier=multiplier)
                for multiplier in task["multipliers"]
            ]
            for vector in vectors(task)
        ]
        for prompt in task["prompts"]
    ]


def vectors(task: dict[str, Any]) -> list[SteeringVector]:
    """Return one steering vector a layer, as they come from training."""
    return [
        SteeringVector({int(layer): torch.tensor(vector)})
        for layer, vector in task["vectors"].items()
    ]


def answer(
    model: Any,
    tokenizer: Any,
    prompt: dict[str, Any],
    which: str,
    *,
    vector: SteeringVector,
    multiplier: float,
) -> float:
    """Return the log-probability of an answer, summed over its tokens, under a steering vector.

    Steered from "(" on, as in steering-bench.
    """
    ids = tokenizer(prompt["text"] + prompt[which], add_special_tokens=False, return_tensors="pt")
    start = prompt["prompt_tokens"]
    handle = vector.patch_activations(
        model, multiplier=multiplier, min_token_index=prompt["steered_from"]
    )
    try:
        with torch.no_grad():
            logits = model(**ids, use_cache=False).logits[0]
    finally:
        handle.remove()
    given = logits[start - 1 : -1].float().log_softmax(-1)
    return float(given.gather(1, ids["input_ids"][0, start:, None]).sum())


def train(model: Any, tokenizer: Any, task: dict[str, Any]) -> list[list[float]]:
    """Return layer × width: the vectors of all layers, read at the letter."""
    pairs = [
        (prompt["text"] + prompt["positive"], prompt["text"] + prompt["negative"])
        for prompt in task["prompts"]
    ]
    trained = train_steering_vector(
        model, tokenizer, pairs, read_token_index=-2, batch_size=task.get("batch_size", 1)
    )
    return [
        trained.layer_activations[layer].tolist() for layer in sorted(trained.layer_activations)
    ]


def main() -> None:
    """Answer tasks until there are no more."""
    torch.set_num_threads(1)
    first = json.loads(sys.stdin.readline())
    model = AutoModelForCausalLM.from_pretrained(first["folder"], dtype=torch.float32).eval()
    # The files are written by a later transformers, whose tokenizer classes this one lacks.
    folder = Path(first["folder"])
    special = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        pad_token=special.get("pad_token"),
        eos_token=special.get("eos_token"),
    )
    names = ("steering-vectors", "transformers", "torch")
    print(json.dumps({name: version(name) for name in names}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        run = {"sweep": sweep, "train": train}[task["kind"]]
        started = time.process_time()
        answer = run(model, tokenizer, task)
        print(json.dumps({"found": answer, "seconds": time.process_time() - started}), flush=True)


if __name__ == "__main__":
    main()
