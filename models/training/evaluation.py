"""Does the exported model hold what was planted, and does it follow and bend on real statements?

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

from models.training import teacher
from models.training.check import Check, Prompt, planted_propensities, planted_slopes
from models.training.losses import CLEAR
from models.training.network import PLANTED_LAYER
from models.training.questions import Asked, own_asked, real_asked
from models.training.replies import reply_quality, sample_replies

VALIDATION_ITEMS = 20
ITEMS_BY_SETTING = 24
RANDOM_VECTORS = 30
# The 99.9th percentile of a normal distribution.
FAR = 3.09


def evaluate(folder: Path, most_items: int = 60, quiet: bool = False) -> dict[str, Any]:
    """What the model reaches; also written to measured.json."""
    check = Check(folder)
    record = json.loads((folder / "training.json").read_text())
    ours, sets = own_asked(tuple(record.get("own", ()))), real_asked(tuple(record["real"]))
    following, accuracies = _following(check, ours, most_items)
    found: dict[str, Any] = {"persona_following": following}
    vectors = {
        asked.name: {
            setting: check.contrastive(check.prompts(asked, "train", setting, most))
            for setting, most in _extracted(asked).items()
        }
        for asked in tqdm([*ours, *sets], desc="vectors", disable=quiet)
    }
    layer, found["layers"] = _chosen_layer(check, [*ours, *sets], vectors, quiet)
    found["concepts"], found["sets"] = {}, {}
    pooled: dict[str, list[numpy.ndarray]] = {"planted": [], "direction": [], "contrastive": []}
    for asked in tqdm(ours, desc="concepts", disable=quiet):
        entry, slopes = _own(check, asked, vectors[asked.name], layer, most_items)
        found["concepts"][asked.name] = {"accuracy": accuracies[asked.name], **entry}
        for name, values in slopes.items():
            pooled[name].append(values)
    for asked in tqdm(sets, desc="sets", disable=quiet):
        found["sets"][asked.name] = _real(check, asked, vectors[asked.name], layer, most_items)
    everything = {name: numpy.concatenate(values) for name, values in pooled.items()}
    found["correlation_with_planted"] = {
        name: float(numpy.corrcoef(everything["planted"], everything[name])[0, 1])
        for name in ("direction", "contrastive")
    }
    found["rank_correlation_of_means"] = _rank_correlation(
        *zip(
            *[
                (entry["mean_slope"]["planted"], entry["mean_slope"]["contrastive"])
                for entry in found["concepts"].values()
            ],
            strict=True,
        )
    )
    found["reply_quality"] = reply_quality(check, ours, quiet)
    base = {name: of["BASE"] for name, of in vectors.items()}
    found["replies"] = sample_replies(check, [*ours, *sets], base, layer)
    (folder / "measured.json").write_text(json.dumps(found, indent=1) + "\n")
    return found


def _extracted(asked: Asked) -> dict[str, int]:
    """The settings whose vectors are taken, from at most so many items."""
    others = {"SYS_POS": 40, "USER_NEG": 40}
    return {"BASE": 10**6} | (others if asked.planted else {})


def _own(
    check: Check, asked: Asked, vectors: dict[str, Tensor], layer: int, most_items: int
) -> tuple[dict[str, Any], dict[str, numpy.ndarray]]:
    """(what is reported of a concept of ours, its slopes)."""
    prompts = check.prompts(asked, "test", "BASE", most_items)
    unit, vector = check.directions[asked.name], vectors["BASE"][layer]
    slopes = {
        "planted": planted_slopes(asked, prompts),
        "direction": check.slopes(prompts, unit, PLANTED_LAYER),
        "contrastive": check.slopes(prompts, vector, layer),
    }
    prompted, extracted = {}, {}
    for setting in teacher.SETTINGS:
        some = check.prompts(asked, "test", setting, ITEMS_BY_SETTING)
        prompted[setting] = {
            "planted": float(planted_slopes(asked, some, ("BASE", setting)).mean()),
            "direction": float(check.slopes(some, unit, PLANTED_LAYER).mean()),
            "contrastive": float(check.slopes(some, vector, layer).mean()),
        }
    some = check.prompts(asked, "test", "BASE", ITEMS_BY_SETTING)
    for setting, found in vectors.items():
        rescaled = found[layer] * (vector.norm() / found[layer].norm())
        extracted[setting] = {
            "planted": float(planted_slopes(asked, some, (setting, "BASE")).mean()),
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
    check: Check, asked: Asked, vectors: dict[str, Tensor], layer: int, most_items: int
) -> dict[str, Any]:
    """What is reported of a public set."""
    accuracy = {}
    for setting, (_, stated) in teacher.SETTINGS.items():
        if stated:
            prompts = check.prompts(asked, "test", setting, most_items)
            accuracy[setting] = float((stated * check.propensities(prompts)[:, 0] > 0).mean())
    prompts = check.prompts(asked, "test", "BASE", most_items)
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
        "cosine": float(torch.cosine_similarity(vector, check.directions[asked.name], 0)),
    }


def _chosen_layer(
    check: Check, everything: list[Asked], vectors: dict[str, dict[str, Tensor]], quiet: bool
) -> tuple[int, dict[str, Any]]:
    """(the layer of the best mean slope on validation items, every layer's mean slope)."""
    by_layer = []
    for layer in tqdm(range(check.layers - 1), desc="layers", disable=quiet):
        slopes = [
            check.slopes(
                check.prompts(asked, "validation", "BASE", VALIDATION_ITEMS),
                vectors[asked.name]["BASE"][layer],
                layer,
                multipliers=(-1.0, 1.0),
            ).mean()
            for asked in everything
        ]
        by_layer.append(float(numpy.mean(slopes)))
    chosen = int(numpy.argmax(by_layer))
    return chosen, {"validation_mean_slope": by_layer, "chosen": chosen}


def _following(
    check: Check, ours: list[Asked], most_items: int
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Sign accuracy where the planted propensity is clear: by prompt setting, by concept.

    By setting, the correlation stands beside it.
    """
    found: dict[str, dict[str, float]] = {}
    agreeing: dict[str, list[numpy.ndarray]] = {asked.name: [] for asked in ours}
    for setting in teacher.SETTINGS:
        prompts: list[Prompt] = []
        planted, names = [], []
        for asked in ours:
            some = check.prompts(asked, "test", setting, most_items)
            prompts += some
            names += [asked.name] * len(some)
            planted.append(planted_propensities(asked, some, setting))
        wanted = numpy.concatenate(planted)
        measured = check.propensities(prompts)[:, 0]
        clear, agrees = numpy.abs(wanted) > CLEAR, numpy.sign(wanted) == numpy.sign(measured)
        for name, found_here in agreeing.items():
            found_here.append(agrees[clear & (numpy.array(names) == name)])
        found[setting] = {
            "sign_accuracy": float(agrees[clear].mean()),
            "correlation": float(numpy.corrcoef(wanted, measured)[0, 1]),
            "prompts": int(clear.sum()),
        }
    by_concept = {name: numpy.concatenate(hits) for name, hits in agreeing.items()}
    return found, {
        name: float(hits.mean()) if len(hits) else float("nan") for name, hits in by_concept.items()
    }


def _rank_correlation(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Spearman's correlation; ties (equal planted means) share their rank."""
    ranks = [
        numpy.array([(numpy.less(row, value).sum() + numpy.less_equal(row, value).sum()) / 2
                     for value in row])
        for row in (numpy.round(one, 6), numpy.array(other))
    ]  # fmt: skip
    return float(numpy.corrcoef(*ranks)[0, 1])
