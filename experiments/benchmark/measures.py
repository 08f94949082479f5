"""The measures of the benchmark: each function yields rows of one tidy table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from experiments.benchmark import subjects, ways
from experiments.benchmark.clock import cpu_seconds, matmul_peak, ratio, side_by_side
from experiments.benchmark.rival import Rival
from steering.forward.batches import budget_of
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.routes import route_of
from steering.forward.sweep import answer_propensities, propensities
from steering.models.model import Model

LAMBDAS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much is timed: items of ours and of the peer, and rounds."""

    items: int
    peer_items: int
    rounds: int


def row(measure: str, model: Model, value: float, unit: str, **more: Any) -> Row:
    """Return one row of the table."""
    return {"measure": measure, "model": model.name, "value": value, "unit": unit, **more}


def against_others(model: Model, rival: Rival, size: Size) -> Iterator[Row]:
    """Yield how many times faster we are than the peer, than hooks by hand, than naive nnsight."""
    many, few = subjects.prompts(model, size.items), subjects.prompts(model, size.peer_items)
    one, every = vectors(model, [model.depth // 2]), vectors(model, range(model.depth))
    share = len(few) / len(many)
    seconds = side_by_side(
        {
            "ours": lambda: share * cpu_seconds(lambda: propensities(model, many, one, LAMBDAS)),
            "peer": lambda: rival.sweep(few, one, LAMBDAS)[1],
            "by hand": lambda: share * cpu_seconds(lambda: ways.by_hand(model, many, one, LAMBDAS)),
            "answers": lambda: (
                share * cpu_seconds(lambda: answer_propensities(model, many, one, LAMBDAS))
            ),
            "naive": lambda: cpu_seconds(lambda: ways.naively(model, few, one, LAMBDAS)),
        },
        size.rounds,
    )
    each = 1000 / len(few)
    for name, values in seconds.items():
        yield row(f"one layer × 7 λ: {name}", model, each * median(values), "ms a prompt")
    yield compared(
        "one layer × 7 λ, against steering-bench", model, ("peer", "ours"), seconds, reach=">= 25"
    )
    yield compared("whole answers, against steering-bench", model, ("peer", "answers"), seconds)
    yield compared("against hooks by hand", model, ("ours", "by hand"), seconds, reach="<= 1.05")
    yield compared("against nnsight used naively", model, ("naive", "ours"), seconds)
    single = few[:1]
    share = 1 / len(many)
    seconds = side_by_side(
        {
            "ours": lambda: share * cpu_seconds(lambda: propensities(model, many, every, LAMBDAS)),
            "peer": lambda: rival.sweep(single, every, LAMBDAS)[1],
        },
        max(2, size.rounds // 2),
        warm=False,
    )
    name = "all layers × 7 λ, against steering-bench's layer sweep"
    yield compared(name, model, ("peer", "ours"), seconds, reach=">= 150")
    share = len(few) / len(many)
    seconds = side_by_side(
        {
            "ours": lambda: share * cpu_seconds(lambda: contrast(model, many)),
            "peer": lambda: rival.train(few)[1],
        },
        size.rounds,
    )
    reach = ">= 3" if model.name == "wren" else ">= 2.6"
    yield compared(
        "extraction, against train_steering_vector", model, ("peer", "ours"), seconds, reach=reach
    )


def against_the_processor(model: Model, size: Size) -> Iterator[Row]:
    """Yield what share of the best rate of a matrix product a sweep reaches, timed in turn."""
    prompts = subjects.prompts(model, size.items)
    one = vectors(model, [model.depth // 2])
    done = ways.operations(model, prompts, model.depth // 2, 7)
    shares = []
    for _ in range(size.rounds):
        peak = matmul_peak()
        seconds = cpu_seconds(lambda: propensities(model, prompts, one, LAMBDAS))
        shares.append(done / seconds / peak)
    reach = ">= 0.8" if "120M" in model.name else ""
    bounds = {"low": min(shares), "high": max(shares), "reach": reach}
    yield row("share of the matmul peak", model, median(shares), "share", **bounds)


def growth(model: Model, size: Size) -> Iterator[Row]:
    """Yield how the cost grows with items, prompt length, layers and copies."""
    middle = vectors(model, [model.depth // 2])

    def timed(measure: str, x: int, items: int, tokens: int, chosen: list[Intervention]) -> Row:
        prompts = subjects.prompts(model, items, tokens)
        run: Callable[[], object] = lambda: propensities(model, prompts, chosen, LAMBDAS)  # noqa: E731
        run()
        seconds = median(cpu_seconds(run) for _ in range(size.rounds // 2 or 1))
        return row(
            f"growth with {measure}", model, 1000 * seconds / len(prompts), "ms a prompt", x=x
        )

    few = max(1, size.items // 4)
    for items in sorted({1, few, size.items, 2 * size.items}):
        yield timed("items", items, items, 115, middle)
    for tokens in (64, 115, 230, 460):
        yield timed("prompt tokens", tokens, few, tokens, middle)
    for layers in sorted({1, 2, model.depth // 2, model.depth}):
        yield timed("layers", layers, few, 115, vectors(model, range(layers)))
    at, curves = model.depth // 2, {}
    for count in (1, 5, 16, 50, 100, 166):
        chosen = vectors(model, [at] * count)
        made = timed("copies", 1 + 6 * count, few // 2 or 1, 115, chosen)
        curves[count] = made["value"]
        yield made
    yield row(
        "100 vectors × 7 λ against 1 × 7 λ, one layer", model, curves[100] / curves[1], "times"
    )


def choices(model: Model, size: Size) -> Iterator[Row]:
    """Yield what sharing trunks, and a forward's size, are worth: what we chose is among them."""
    prompts = subjects.prompts(model, size.items)
    one = vectors(model, [model.depth // 2])
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    budget = budget_of(model.device)
    ids = [prompt.token_ids[:-1] for prompt in prompts]
    chosen = route.cut(model, ids, 7, 1, budget).slots
    yield row("prompts a row: chosen", model, chosen, "prompts")
    trials: dict[tuple[str, int], tuple[str, Any]] = {}
    for slots in (1, 2, 4, 8):
        trials["prompts a row", slots] = ("steering.forward.batches._SLOTS", (slots,))
    for tokens in (512, 2048, 4096):
        trials["tokens a forward", tokens] = (
            "steering.forward.sweep.budget_of",
            lambda _, n=tokens: n,
        )

    def run(name: str, value: Any) -> float:
        with patch(name, value):
            return cpu_seconds(lambda: propensities(model, prompts, one, LAMBDAS))

    seconds = side_by_side(
        {key: (lambda trial=trial: run(*trial)) for key, trial in trials.items()},  # type: ignore[misc]
        size.rounds,
    )
    for (measure, x), values in seconds.items():  # type: ignore[misc]
        yield row(measure, model, 1000 * median(values) / len(prompts), "ms a prompt", x=x)


def lower_precision(model: Model, half: Model, size: Size) -> Iterator[Row]:
    """Yield what bfloat16 takes of the time of float32, and what it does to the slopes.

    The slopes are those of a concept's own items under its own vector, on a model that has learned
    it: those of random weights are near zero, and an error has nothing to be compared with.
    """
    prompts = subjects.prompts(model, size.items)
    one = vectors(model, [model.depth // 2])
    seconds = side_by_side(
        {
            "bfloat16": lambda: cpu_seconds(lambda: propensities(half, prompts, one, LAMBDAS)),
            "float32": lambda: cpu_seconds(lambda: propensities(model, prompts, one, LAMBDAS)),
        },
        size.rounds,
    )
    yield compared("bfloat16: time, of float32's", model, ("bfloat16", "float32"), seconds)
    if model.name not in subjects.LEARNED:
        return
    concept, layer = subjects.LEARNED[model.name]
    training, test_prompts = subjects.learned(model, concept)
    lambdas = np.array(LAMBDAS)

    def slopes(which: Model) -> np.ndarray:
        vector = contrast(which, training).mean[layer]
        steered = [Intervention("BASE", "contrastive", layer, vector)]
        curves = propensities(which, test_prompts, steered, LAMBDAS)[:, 0]
        return np.asarray(curves @ lambdas / (lambdas @ lambdas))

    exact, rounded = slopes(model), slopes(half)
    error = np.abs(rounded - exact)
    mean = np.abs(exact.mean())
    unit = "share of the mean slope"
    yield row("bfloat16: error of the mean slope", model,
              float(abs(rounded.mean() - exact.mean()) / mean), unit)  # fmt: skip
    yield row("bfloat16: mean error of a slope", model, float(error.mean() / mean), unit)
    yield row("bfloat16: largest error of a slope", model, float(error.max() / mean), unit)


def memory(model: Model, few: int = 100, many: int = 1000) -> Iterator[Row]:
    """Yield the peak memory of a process that sweeps and extracts many items against few."""
    peaks = {}
    for items in (few, many):
        command = [sys.executable, "-m", "experiments.benchmark.memory", model.name, str(items)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**os.environ})
        peaks[items] = float(ran.stdout)
        yield row("peak memory", model, peaks[items] / 2**20, "MiB", x=items)
    name = f"peak memory at {many} items against {few}"
    yield row(name, model, peaks[many] / peaks[few], "times", reach="<= 1.1")


def vectors(model: Model, layers: Any) -> list[Intervention]:
    """Return random vectors, one for each layer named."""
    draw = torch.Generator().manual_seed(0)
    return [
        Intervention("BASE", f"random-{number}", layer, torch.randn(model.width, generator=draw))
        for number, layer in enumerate(layers)
    ]


def compared(
    name: str,
    model: Model,
    pair: tuple[str, str],
    seconds: dict[str, list[float]],
    *,
    reach: str = "",
) -> Row:
    """Return the row that says how many times one way takes what the other does."""
    middle, low, high = ratio(seconds[pair[0]], seconds[pair[1]])
    return row(name, model, middle, "times", low=low, high=high, reach=reach)
