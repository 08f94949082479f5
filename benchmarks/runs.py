"""Measures the public sets that our models have learned, and keeps the numbers without the words.

`python -m benchmarks.runs` takes the sets from `STEERING_DATA` or the cache, and what the default
report has measured already as it is. What is written to `measured/runs` is shown where a reader
does not have the sets.
"""

from __future__ import annotations

import os
import shutil
import sys

from tqdm import tqdm

from steering.catalogue import model_folder, own_models, withheld
from steering.committed import at_hand, commit
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.folders import book_folder, measured_folder
from steering.measurement import measure


def make() -> int:
    """Writes a folder for each of our models and each of its public sets; how many there are.

    Raises Refused, with nothing changed, where a set is not at hand.
    """
    pairs = [
        (model, name)
        for model in own_models()
        for name in sorted(set(withheld(model_folder(model))) & set(public_sets()))
    ]
    missing = sorted({name for _, name in pairs if not at_hand(name)})
    if missing:
        raise Refused(
            f"not at hand are {', '.join(missing)}: fetch them by `steering fetch`, or name a "
            "folder that holds them by STEERING_DATA."
        )
    measured, kept = book_folder() / "_build" / "runs", measured_folder() / "runs"
    for model, name in tqdm(pairs, desc="public sets"):
        measure(model, name, out=measured / model / name, fresh=True)
    shutil.rmtree(kept, ignore_errors=True)
    for model, name in pairs:
        commit(measured / model / name, kept / model / name)
    return len(pairs)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        print(f"{make()} runs are in {measured_folder() / 'runs'}")
    except Refused as refused:
        sys.exit(str(refused))
