"""Does the exported model hold what was planted?

The report measures more, and better; this is what a training run is judged by.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor
from tqdm import tqdm

from models.training import teacher
from models.training.check import Check
from models.training.items import Item, items
from models.training.lexicon import Concept, concepts
from models.training.losses import CLEAR
from models.training.network import PLANTED_LAYER

REPLIES_PER_CONCEPT = 24


def split(concept: Concept) -> dict[str, list[Item]]:
    """Train, validation and test items, 40/10/50 of the groups by hash."""
    everything = items(concept)
    groups = sorted(
        {item.group for item in everything}, key=lambda group: sha256(group.encode()).digest()
    )
    begin, end = round(0.4 * len(groups)), round(0.5 * len(groups))
    parts = {"train": groups[:begin], "validation": groups[begin:end], "test": groups[end:]}
    return {
        name: [item for item in everything if item.group in set(kept)]
        for name, kept in parts.items()
    }


def evaluate(folder: Path, most_items: int = 100, quiet: bool = False) -> dict[str, Any]:
    """What the model reaches, on withheld statements; also written to measured.json."""
    check, parts = Check(folder), {concept: split(concept) for concept in concepts()}
    found: dict[str, Any] = {"persona_following": _following(check, parts, most_items)}
    vectors = {
        concept: check.contrastive(check.prompts(concept, part["train"], "BASE"))
        for concept, part in parts.items()
    }
    layer, found["layers"] = _chosen_layer(check, parts, vectors, quiet)
    pooled: dict[str, list[numpy.ndarray]] = {"planted": [], "direction": [], "contrastive": []}
    found["concepts"] = {}
    for concept, part in tqdm(parts.items(), desc="concepts", disable=quiet):
        prompts = check.prompts(concept, part["test"][:most_items], "BASE")
        unit, vector = check.directions[concept.name], vectors[concept][layer]
        slopes = {
            "planted": numpy.array([prompt.planted_steerability for prompt in prompts]),
            "direction": check.slopes(prompts, unit, PLANTED_LAYER),
            "contrastive": check.slopes(prompts, vector, layer),
        }
        for name, values in slopes.items():
            pooled[name].append(values)
        prompted = {
            setting: float(
                check.slopes(
                    check.prompts(concept, part["test"][:30], setting), vector, layer
                ).mean()
            )
            for setting in ("BASE", "USER_NEG", "SYS_POS")
        }
        found["concepts"][concept.name] = {
            "mean_slope": {name: float(values.mean()) for name, values in slopes.items()},
            "sd_slope": {name: float(values.std()) for name, values in slopes.items()},
            "cosine": float(torch.cosine_similarity(vector, unit, 0)),
            "contrastive_by_setting": prompted,
        }
    everything = {name: numpy.concatenate(values) for name, values in pooled.items()}
    found["correlation_with_planted"] = {
        name: float(numpy.corrcoef(everything["planted"], everything[name])[0, 1])
        for name in ("direction", "contrastive")
    }
    found["reply_quality"] = _reply_quality(check, parts, quiet)
    found["replies"] = _replies(check, parts, vectors, layer)
    (folder / "measured.json").write_text(json.dumps(found, indent=1) + "\n")
    return found


def _chosen_layer(
    check: Check,
    parts: dict[Concept, dict[str, list[Item]]],
    vectors: dict[Concept, Tensor],
    quiet: bool,
) -> tuple[int, dict[str, Any]]:
    """(the layer of the best mean slope on validation items, every layer's mean slope)."""
    by_layer = []
    for layer in tqdm(range(len(check.model.model.layers) - 1), desc="layers", disable=quiet):
        slopes = [
            check.slopes(
                check.prompts(concept, part["validation"], "BASE"),
                vectors[concept][layer],
                layer,
                multipliers=(-1.0, 1.0),
            ).mean()
            for concept, part in parts.items()
        ]
        by_layer.append(float(numpy.mean(slopes)))
    chosen = int(numpy.argmax(by_layer))
    return chosen, {"validation_mean_slope": by_layer, "chosen": chosen}


def _following(
    check: Check, parts: dict[Concept, dict[str, list[Item]]], most_items: int
) -> dict[str, dict[str, float]]:
    """Sign accuracy where the planted propensity is clear, and correlation, by prompt setting."""
    found = {}
    for setting in teacher.SETTING_STRENGTH:
        prompts = [
            prompt
            for concept, part in parts.items()
            for prompt in check.prompts(concept, part["test"][:most_items], setting)
        ]
        planted = numpy.array([prompt.planted_intercept for prompt in prompts])
        measured = check.propensities(prompts)[:, 0]
        clear = numpy.abs(planted) > CLEAR
        found[setting] = {
            "sign_accuracy": float((numpy.sign(planted) == numpy.sign(measured))[clear].mean()),
            "correlation": float(numpy.corrcoef(planted, measured)[0, 1]),
            "prompts": int(clear.sum()),
        }
    return found


def _reply_quality(
    check: Check, parts: dict[Concept, dict[str, list[Item]]], quiet: bool
) -> dict[str, float]:
    """Greedy replies under both personas: do they name the act, does the persona fit the answer?

    `forms` counts different replies once the act, the context and the persona's word are taken
    out.
    """
    named, fitting, forms = [], [], set()
    for concept, part in tqdm(parts.items(), desc="replies", disable=quiet):
        for number, item in enumerate(part["test"][:REPLIES_PER_CONCEPT]):
            statement, order = item.statement, number % 2
            for setting in ("SYS_POS", "SYS_NEG"):
                prompt = check.prompt(concept, item, order, setting)
                reply = check.reply(prompt)
                named.append(statement.act in reply)
                # The letter, and with it the persona that would answer so.
                implied = prompt.sign * (1 if reply[1:2] == "A" else -1) * statement.weight
                used = [word for word in concept.words(implied) if re.search(rf"\b{word}\b", reply)]
                fitting.append(bool(used))
                for word in used:
                    reply = re.sub(rf"\b[Aa]n? {word}\b|\b{word}\b", "WORD", reply)
                bare = reply.replace(statement.act, "ACT")
                forms.add(bare.replace(statement.context or "CONTEXT", "CONTEXT")[4:])
    return {
        "replies": len(named),
        "name_the_act": sum(named) / len(named),
        "fit_the_answer": sum(fitting) / len(fitting),
        "forms": len(forms),
    }


def _replies(
    check: Check,
    parts: dict[Concept, dict[str, list[Item]]],
    vectors: dict[Concept, Tensor],
    layer: int,
) -> list[dict[str, Any]]:
    """A few replies of every concept, prompted and steered."""
    found = []
    for concept, part in parts.items():
        for order, item in enumerate(part["test"][:2]):
            entry = {"concept": concept.name, "statement": item.statement.text, "order": order}
            for setting in ("BASE", "SYS_POS", "SYS_NEG"):
                entry[setting] = check.reply(check.prompt(concept, item, order, setting))
            if layer == PLANTED_LAYER:
                prompt = check.prompt(concept, item, order, "BASE")
                for multiplier in (-1.5, 1.5):
                    entry[f"steered {multiplier:+}"] = check.reply(
                        prompt, vectors[concept][layer], multiplier
                    )
            found.append(entry)
    return found
