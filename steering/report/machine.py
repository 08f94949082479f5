"""The machine that a report is made on: how many cores, and how much memory there is."""

from __future__ import annotations

import os
from pathlib import Path

KERNEL_MB = 1200  # a kernel with torch, transformers and nnsight imported, and room for tables


def cores_here() -> int:
    """Return the processor cores that this process may use; all where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_mb() -> int:
    """Return four fifths of the memory that is free now, in MB."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    return max(KERNEL_MB, free * 4 // 5 // 1000)
