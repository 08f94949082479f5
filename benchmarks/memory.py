"""The peak memory of one process that measures so many items: `python -m benchmarks.memory`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch

from benchmarks.measures import LAMBDAS, vectors
from benchmarks.subjects import prompts, subject
from steering.activations import contrast
from steering.sweep import propensities


def peak(name: str, items: int) -> int:
    """Return the most bytes that this process ever held, after sweeping and extracting."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        model = subject(name, Path(scratch))
    asked = prompts(model, items)
    propensities(model, asked, vectors(model, [model.depth // 2]), LAMBDAS)
    contrast(model, asked)
    # Not ru_maxrss: a new process inherits that from the one that started it.
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    print(peak(sys.argv[1], int(sys.argv[2])))
