"""What a GPU is timed at: a large shape in bfloat16, and a concept on a real chat model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from experiments.benchmark import measures, subjects, ways
from experiments.benchmark.measures import Row, Size
from experiments.concept_time import of_concept
from steering.errors import Refused
from steering.forward.operations import work_of
from steering.models.model import Model

# The concepts of a real chat model: the first brings up the device, the second is what counts.
CHAT, CONCEPTS = "smollm2", ("frugal", "tidy")
_SIDE = 8192


def rows(model: Model, size: Size) -> Iterator[Row]:
    """Yield milliseconds a prompt: of one layer and of all, by hand, and by one forward a λ.

    Of our own, the share of the matmul peak as well: the operations of their passes in a second, as
    a share of those of one large product of matrices.
    """
    prompts = subjects.prompts(model, size.items)
    ids = [one.unsteered_ids for one in prompts]
    one = measures.vectors(model, [model.depth // 2])
    every = measures.vectors(model, range(model.depth))
    multipliers, points = measures.LAMBDAS, len(measures.LAMBDAS) - 1
    peak = matmul_peak(model)
    yield measures.row("matmul peak", model, peak / 1e12, "TFLOP/s")
    ours: dict[str, tuple[Callable[[], object], float | None]] = {
        "one layer × 7 λ": (
            lambda: measures.propensities(model, prompts, one, multipliers),
            work_of(model, ids, [None, *[model.depth // 2] * points]).operations,
        ),
        "by hand": (lambda: ways.by_hand(model, prompts, one, multipliers), None),
        "all layers × 7 λ": (
            lambda: measures.propensities(model, prompts, every, multipliers),
            work_of(
                model, ids, [None, *[at for at in range(model.depth) for _ in range(points)]]
            ).operations,
        ),
        "extraction": (
            lambda: measures.contrast(model, prompts),
            work_of(model, [each.token_ids for each in prompts], [None], size=2).operations,
        ),
    }
    for name, (run, operations) in ours.items():
        run()
        seconds = min(timed(run) for _ in range(size.rounds))
        yield measures.row(name, model, 1000 * seconds / len(prompts), "ms a prompt")
        if operations is not None:
            share = operations / seconds / peak
            yield measures.row(f"{name}: share of the matmul peak", model, share, "share")
    few = prompts[:2]
    naive = min(
        timed(lambda: ways.naively(model, few, one, multipliers)) for _ in range(size.rounds)
    )
    yield measures.row("naive nnsight", model, 1000 * naive / len(few), "ms a prompt")


def concepts(scratch: Path) -> Iterator[Row]:
    """Yield the seconds of one concept at default sizes on a real chat model, if it is here."""
    try:
        *_, last = [of_concept(CHAT, name, scratch / name) for name in CONCEPTS]
    except Refused as refused:
        print(refused, flush=True)
        return
    named = {"measure": "one concept at default sizes", "model": CHAT}
    yield {**named, "value": last["seconds"], "unit": "s"}


def matmul_peak(model: Model) -> float:
    """Return the operations in a second of one large product of matrices in a model's precision."""
    side = _SIDE if model.device.type == "cuda" else 512
    factors = [torch.randn(side, side, device=model.device, dtype=model.dtype) for _ in range(2)]

    def product() -> None:
        for _ in range(10):
            factors[0] @ factors[1]

    product()
    return 10 * 2 * side**3 / min(timed(product) for _ in range(3))


def timed(run: Callable[[], object]) -> float:
    """Return the seconds of a call, waiting for the device before and after."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    started = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started
