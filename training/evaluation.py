"""Tests of an exported model: is what was planted there, and does it follow real statements?

The report measures more, and better; this is what a training run is judged by. All of it is
measured on statements that training never saw.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor
from tqdm import tqdm

from training import teacher
from training.check import Check, Prompt, planted_propensities, planted_slopes
from training.losses import CLEAR
from training.network import PLANTED_LAYER
from training.questions import QuestionSet, own_question_sets, public_question_sets
from training.replies import reply_quality, sample_replies
from training.statements import said_by

VALIDATION_ITEMS = 20
ITEMS_BY_SETTING = 24
RANDOM_VECTORS = 30
# The 99.9th percentile of a standard normal distribution.
FAR = 3.09


def evaluate(folder: Path, most_items: int = 60, quiet: bool = False) -> dict[str, Any]:
    """Return what the model reaches; also written to measured.json."""
    check = Check(folder)
    record = json.loads((folder / "training.json").read_text())
    ours, sets = (
        own_question_sets(tuple(record.get("own", ()))),
        public_question_sets(tuple(record["real"])),
    )
    following, accuracies = _following(check, ours, most_items)
    results: dict[str, Any] = {"persona_following": following}
    vectors = {
        one.name: {
            setting: check.contrastive(check.prompts(one, "train", setting, most))
            for setting, most in _extracted(one).items()
        }
        for one in tqdm([*ours, *sets], desc="vectors", disable=quiet)
    }
    layer, results["layers"] = _chosen_layer(check, [*ours, *sets], vectors, quiet)
    results["concepts"], results["sets"] = {}, {}
    pooled: dict[str, list[numpy.ndarray]] = {"planted": [], "direction": [], "contrastive": []}
    for one in tqdm(ours, desc="concepts", disable=quiet):
        entry, slopes = _own(check, one, vectors[one.name], layer, most_items)
        results["concepts"][one.name] = {"accuracy": accuracies[one.name], **entry}
        for name, values in slopes.items():
            pooled[name].append(values)
    for one in tqdm(sets, desc="sets", disable=quiet):
        results["sets"][one.name] = _real(check, one, vectors[one.name], layer, most_items)
    everything = {name: numpy.concatenate(values) for name, values in pooled.items()}
    results["correlation_with_planted"] = {
        name: float(numpy.corrcoef(everything["planted"], everything[name])[0, 1])
        for name in ("direction", "contrastive")
    }
    results["rank_correlation_of_means"] = _rank_correlation(
        *zip(
            *[
                (entry["mean_slope"]["planted"], entry["mean_slope"]["contrastive"])
                for entry in results["concepts"].values()
            ],
            strict=True,
        )
    )
    results["statements"] = {
        one.name: said_by(check, one) for one in tqdm(ours, desc="statements", disable=quiet)
    }
    results["reply_quality"] = reply_quality(check, ours, quiet)
    base = {name: of["BASE"] for name, of in vectors.items()}
    results["replies"] = sample_replies(check, [*ours, *sets], base, layer)
    (folder / "measured.json").write_text(json.dumps(results, indent=1) + "\n")
    return results


def _extracted(questions: QuestionSet) -> dict[str, int]:
    """Return the settings whose vectors are taken, from at most so many items."""
    others = {"SYS_POS": 40, "USER_NEG": 40}
    return {"BASE": 10**6} | (others if questions.planted else {})


def _own(
    check: Check, questions: QuestionSet, vectors: dict[str, Tensor], layer: int, most_items: int
) -> tuple[dict[str, Any], dict[str, numpy.ndarray]]:
    """Return (what is reported of a concept of ours, its slopes)."""
    prompts = check.prompts(questions, "test", "BASE", most_items)
    unit, vector = check.directions[questions.name], vectors["BASE"][layer]
    slopes = {
        "planted": planted_slopes(questions, prompts),
        "direction": check.slopes(prompts, unit, PLANTED_LAYER),
        "contrastive": check.slopes(prompts, vector, layer),
    }
    prompted, extracted = {}, {}
    for setting in teacher.SETTINGS:
        some = check.prompts(questions, "test", setting, ITEMS_BY_SETTING)
        prompted[setting] = {
            "planted": float(planted_slopes(questions, some, ("BASE", setting)).mean()),
            "direction": float(check.slopes(some, unit, PLANTED_LAYER).mean()),
            "contrastive": float(check.slopes(some, vector, layer).mean()),
        }
    some = check.prompts(questions, "test", "BASE", ITEMS_BY_SETTING)
    for setting, by_layer in vectors.items():
        rescaled = by_layer[layer] * (vector.norm() / by_layer[layer].norm())
        extracted[setting] = {
            "planted": float(planted_slopes(questions, some, (setting, "BASE")).mean()),
            "contrastive": float(check.slopes(some, rescaled, layer).mean()),
            "cosine_with_base": float(torch.cosine_similarity(rescaled, vector, 0)),
        }
    entry = {
        "mean_slope": {name: float(values.mean()) for name, values in slopes.items()},
        "sd_slope": {name: float(values.std()) for name, values in slopes.items()},
        "cosine": float(torch.cosine_similarity(vector, unit, 0)),
        "by_prompt_setting": prompted,
        "by_vector_setting": extracted,
    }
    return entry, slopes


def _real(
    check: Check, questions: QuestionSet, vectors: dict[str, Tensor], layer: int, most_items: int
) -> dict[str, Any]:
    """Return what is reported of a public set."""
    accuracy = {}
    for setting, (_, stated) in teacher.SETTINGS.items():
        if stated:
            prompts = check.prompts(questions, "test", setting, most_items)
            accuracy[setting] = float((stated * check.propensities(prompts)[:, 0] > 0).mean())
    prompts = check.prompts(questions, "test", "BASE", most_items)
    vector = vectors["BASE"][layer]
    slopes = check.slopes(prompts, vector, layer)
    generator = torch.Generator().manual_seed(0)
    chance = []
    for _ in range(RANDOM_VECTORS):
        drawn = torch.randn(vector.shape, generator=generator)
        drawn *= vector.norm() / drawn.norm()
        chance.append(check.slopes(prompts[:40], drawn, layer, (-1.0, 1.0)).mean())
    far = FAR * float(numpy.sqrt(numpy.mean(numpy.square(chance))))
    return {
        "accuracy": accuracy,
        "mean_slope": float(slopes.mean()),
        "sd_slope": float(slopes.std()),
        "anti_steerable": float((slopes < 0).mean()),
        "random_999": far,
        "beyond_random": bool(slopes.mean() > far),
        "cosine": float(torch.cosine_similarity(vector, check.directions[questions.name], 0)),
    }


def _chosen_layer(
    check: Check, everything: list[QuestionSet], vectors: dict[str, dict[str, Tensor]], quiet: bool
) -> tuple[int, dict[str, Any]]:
    """Return (the layer of the best mean slope on validation items, every layer's mean slope)."""
    by_layer = []
    for layer in tqdm(range(check.layers - 1), desc="layers", disable=quiet):
        slopes = [
            check.slopes(
                check.prompts(questions, "validation", "BASE", VALIDATION_ITEMS),
                vectors[questions.name]["BASE"][layer],
                layer,
                multipliers=(-1.0, 1.0),
            ).mean()
            for questions in everything
        ]
        by_layer.append(float(numpy.mean(slopes)))
    chosen = int(numpy.argmax(by_layer))
    return chosen, {"validation_mean_slope": by_layer, "chosen": chosen}


def _following(
    check: Check, ours: list[QuestionSet], most_items: int
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Return how often the sign is right, by prompt setting and by concept.

    Only prompts count whose planted propensity is clear.

    By setting, the correlation stands beside it.
    """
    shares: dict[str, dict[str, float]] = {}
    agreeing: dict[str, list[numpy.ndarray]] = {questions.name: [] for questions in ours}
    for setting in teacher.SETTINGS:
        prompts: list[Prompt] = []
        planted, names = [], []
        for questions in ours:
            some = check.prompts(questions, "test", setting, most_items)
            prompts += some
            names += [questions.name] * len(some)
            planted.append(planted_propensities(questions, some, setting))
        wanted = numpy.concatenate(planted)
        measured = check.propensities(prompts)[:, 0]
        clear, agrees = numpy.abs(wanted) > CLEAR, numpy.sign(wanted) == numpy.sign(measured)
        for name, found_here in agreeing.items():
            found_here.append(agrees[clear & (numpy.array(names) == name)])
        shares[setting] = {
            "sign_accuracy": float(agrees[clear].mean()),
            "correlation": float(numpy.corrcoef(wanted, measured)[0, 1]),
            "prompts": int(clear.sum()),
        }
    by_concept = {name: numpy.concatenate(hits) for name, hits in agreeing.items()}
    return shares, {
        name: float(hits.mean()) if len(hits) else float("nan") for name, hits in by_concept.items()
    }


def _rank_correlation(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return Spearman's correlation; ties (equal planted means) share their rank."""
    ranks = [
        numpy.array([(numpy.less(row, value).sum() + numpy.less_equal(row, value).sum()) / 2
                     for value in row])
        for row in (numpy.round(one, 6), numpy.array(other))
    ]  # fmt: skip
    return float(numpy.corrcoef(*ranks)[0, 1])
