"""Timing: the ways of measuring take turns (A B A B) and their CPU time on one thread is compared.

How many operations a second the processor reaches in a matrix product is measured as well.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import torch


def cpu_seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of this process over one call."""
    started = time.process_time()
    run()
    return time.process_time() - started


def side_by_side(
    ways: Mapping[str, Callable[[], float]], rounds: int, *, warm: bool = True
) -> dict[str, list[float]]:
    """Return the seconds of each way in each round; all ways run in every round, in turn.

    Unless they are warm already, they all run once before, unheeded: what happens only at first
    is no part of them.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for run in ways.values() if warm else ():
        run()
    for _ in range(rounds):
        for name, run in ways.items():
            seconds[name].append(run())
    return seconds


def ratio(one: list[float], other: list[float]) -> tuple[float, float, float]:
    """Return the median of the rounds' own ratios, and the least and the largest of them."""
    each = [a / b for a, b in zip(one, other, strict=True)]
    return median(each), min(each), max(each)


def matmul_peak(dtype: torch.dtype = torch.float32) -> float:
    """Return the most operations a second that this thread reaches in a product of matrices."""
    best = 0.0
    for size in (512, 1024, 2048):
        one, other = torch.randn(2, size, size).to(dtype)
        torch.mm(one, other)
        repeats = max(1, 2 * 1024**3 // size**3)
        seconds = min(
            cpu_seconds(lambda: [torch.mm(one, other) for _ in range(repeats)])  # noqa: B023
            for _ in range(5)
        )
        best = max(best, 2 * size**3 * repeats / seconds)
    return best


def machine() -> dict[str, str | float]:
    """Return what kind of machine this is, and how busy it is."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.processor(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 2),
    }
