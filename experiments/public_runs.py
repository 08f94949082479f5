"""The committed runs on our models: of public sets, and of what they say of our own concepts.

`python -m experiments.public_runs` takes the sets from `STEERING_DATA` or the cache, and what the
default report has measured already as it is; it measures the models named behind it, or both. What
is written to `measured/runs` and `measured/said` of the sets, without their words, is shown where a
reader does not have them. Vectors of all sets and of all concepts of ours are tried on the
questions of each set, in both forms. What the models say of our own concepts is measured on all
pairs of texts, which takes too long for the default report: there these runs stand in.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tqdm import tqdm

from steering.clone import book_folder, measured_folder
from steering.concepts import load_concept, own_concepts
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.measuring.crossed import measure_crossed
from steering.measuring.matrix import measure_matrix
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.sizes import of_form
from steering.measuring.stand_ins import at_hand, commit
from steering.models.catalogue import model_folder, own_models, withheld
from steering.prompts import said
from steering.prompts.forms import FORMS
from steering.records.results import FOLDERS
from steering.records.tables import TODAY

# The sizes in which it is measured what a model says of our own concepts.
OF_OURS: dict[str, Any] = {"test_groups": None, "validation_groups": 20}


def make(models: Sequence[str]) -> int:
    """Return how many folders were written: for each model its sets in each form, and ours.

    Raises Refused, with nothing changed, where a set is not at hand or a run cannot be used.
    """
    sets = {model: sorted({*withheld(model_folder(model))} & {*public_sets()}) for model in models}
    missing = sorted({name for names in sets.values() for name in names if not at_hand(name)})
    if missing:
        raise Refused(
            f"not at hand are {', '.join(missing)}: fetch them by `steering fetch`, or name a "
            "folder that holds them by STEERING_DATA."
        )
    count = 0
    for model, names in sets.items():
        for form in FORMS:
            count += _of_form(model, names, form)
    return count


def _of_form(model: str, names: list[str], form: str) -> int:
    """Return how many folders were written for one model in one form of the question."""
    measured = book_folder() / "_build" / FOLDERS[form] / model
    kept = measured_folder() / FOLDERS[form] / model
    plan = Plan(**of_form(form, {}))
    of_ours = replace(plan, **OF_OURS) if form == said.NAME else plan
    for name in tqdm([*own_concepts(), *names], desc=f"ours and public sets on {model}, {form}"):
        chosen = of_ours if name in own_concepts() else plan
        measure(model, name, chosen, measured / name, fresh=True)
    shown = [*names, *(own_concepts() if form == said.NAME else ())]
    others = [name for name in own_concepts() if name not in shown]
    asked = [measured / name for name in shown]
    refused = measure_matrix(model, asked, [measured / name for name in others])
    if form == said.NAME:
        letters = measured.parents[1] / FOLDERS[TODAY["form"]] / model
        runs = {name: (load_concept(name), letters / name, measured / name) for name in shown}
        refused |= measure_crossed(model, runs)
    for folder, sentence in refused.items():
        raise Refused(f"of {str(folder)!r} no other vector was tried: {sentence}")
    shutil.rmtree(kept, ignore_errors=True)
    for name in shown:
        commit(measured / name, kept / name, words=name in own_concepts())
    return len(shown)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        print(f"{make(sys.argv[1:] or own_models())} runs are in {measured_folder()}")
    except Refused as refused:
        sys.exit(str(refused))
