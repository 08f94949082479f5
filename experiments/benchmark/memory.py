"""The peak memory of a process that measures a number of items."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch

from experiments.benchmark.measures import LAMBDAS, vectors
from experiments.benchmark.subjects import prompts, subject
from steering.forward.extraction import contrast
from steering.forward.sweep import propensities


def peak(name: str, items: int) -> int:
    """Return the most bytes that this process ever held, after sweeping and extracting."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        model = subject(name, Path(scratch))
    batch = prompts(model, items)
    propensities(model, batch, vectors(model, [model.depth // 2]), LAMBDAS)
    contrast(model, batch)
    # Not ru_maxrss: a new process inherits that from the one that started it.
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    print(peak(sys.argv[1], int(sys.argv[2])))
