"""The environment of a report's processes: threads, memory, and which settings are the user's."""

from __future__ import annotations

import os

# A process that forks may have one thread only: BLAS and pyarrow ask when they are imported, and
# the tokenizer when it is used.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "TOKENIZERS_PARALLELISM": "false",
}
# Tables and activations come and go. What is freed is kept for the next of them: by default the C
# library gives it back to the system, as Arrow's own allocator does, and gets it again page by
# page, which took a twentieth of measuring, and up to a fifth of a page that reads many tables.
MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(2**28),
    "MALLOC_TRIM_THRESHOLD_": str(2**29),
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


def of_jobs() -> dict[str, str]:
    """Return the environment of Snakemake and its jobs: less what the user set for Snakemake.

    A file in the user's folder that is called like a module, as random.py, hides none, and logs
    are written whatever signs the terminal has. What the user says of memory or waiting counts.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    # A thread that waits for the others sleeps. By default it spins, for no one, where another
    # process wants its core.
    ours = {**MEMORY, "OMP_WAIT_POLICY": "passive"}
    return {**ours, **kept, "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}


def of_warm_process() -> dict[str, str]:
    """Return the environment of the process that forks for jobs."""
    return {**MEMORY, **os.environ, **ONE_THREAD}
