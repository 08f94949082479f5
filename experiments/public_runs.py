"""The committed runs of public sets on our models: their numbers, without the sets' words.

`python -m experiments.public_runs` takes the sets from `STEERING_DATA` or the cache, and what the
default report has measured already as it is. What is written to `measured/runs` is shown where a
reader does not have the sets. Vectors of all sets and of all concepts of ours are tried on the
questions of each set, so our concepts are measured too, but not committed.
"""

from __future__ import annotations

import os
import shutil
import sys

from tqdm import tqdm

from steering.clone import book_folder, measured_folder
from steering.concepts import own_concepts
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.measuring.matrix import measure_matrix
from steering.measuring.measure import measure
from steering.measuring.stand_ins import at_hand, commit
from steering.models.catalogue import model_folder, own_models, withheld


def make() -> int:
    """Return how many folders were written: one for each model of ours and each of its sets.

    Raises Refused, with nothing changed, where a set is not at hand or a run cannot be used.
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
    beside = [(model, name) for model in own_models() for name in own_concepts()]
    for model, name in tqdm([*pairs, *beside], desc="public sets, and concepts of ours"):
        measure(model, name, out=measured / model / name, fresh=True)
    for model in own_models():
        folders = [
            [measured / model / name for of, name in some if of == model]
            for some in (pairs, beside)
        ]
        for folder, sentence in measure_matrix(model, *folders).items():
            raise Refused(f"of {str(folder)!r} no other vector was tried: {sentence}")
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
