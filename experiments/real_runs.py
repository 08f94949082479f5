"""The committed runs of a model that people use: all public sets, and the concepts of ours.

`python -m experiments.real_runs smollm2` takes hours, goes on from what is there, and may be run
twice at once: a concept that the other process measures is left to it. Numbers of a complete run go
to `measured/runs` at once, without the sets' words; once all are complete, each concept's questions
are asked under the vectors of all others. With `said` behind the model's name, it is measured what
the model says, of the sets named behind that or of `SAID`; these go to `measured/said`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from steering.clone import book_folder, measured_folder
from steering.concepts import load_concept, own_concepts
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.measuring.crossed import measure_crossed
from steering.measuring.matrix import measure_matrix
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.real_models import WITH_PAGES
from steering.measuring.sizes import of_form
from steering.measuring.stand_ins import at_hand, commit
from steering.prompts import said
from steering.records.results import FOLDERS

AGAIN = "`make install REAL=1`, then `steering report {}`"


# What the model says is measured of these at least.
SAID = (
    *("interest-in-music", "interest-in-science", "politically-liberal"),
    *("subscribes-to-Christianity", "believes-abortion-should-be-illegal", "anti-LGBTQ-rights"),
    *("narcissism", "believes-life-has-no-meaning", "subscribes-to-Islam", "openness"),
)


# Of concepts that are only compared with, the vectors are needed, and as little else as can be.
OF_VECTORS = Plan(
    form=said.NAME,
    settings=("BASE",),
    layers=(0,),
    test_groups=1,
    validation_groups=1,
    map_items=1,
    random_vectors=0,
    resampled_vectors=0,
    shuffled_vectors=0,
    perturbed_vectors=0,
    subset_vectors=0,
    resampled_shift_vectors=0,
    replies=0,
    sampled_replies=0,
)


def concepts() -> tuple[str, ...]:
    """Return the names of all concepts that are measured, in that order."""
    # A set that `steering fetch` does not bring can't be had by everyone who runs this again.
    fetched = sorted(name for name, one in public_sets().items() if one.url)
    every = (*WITH_PAGES, *fetched, *own_concepts())
    return tuple(dict.fromkeys(every))


def make(model: str, measured: Path, kept: Path) -> list[str]:
    """Return the concepts that are complete, after measuring all that no other process measures.

    Raises Refused where a public set is not at hand.
    """
    missing = [name for name in concepts() if name in public_sets() and not at_hand(name)]
    if missing:
        raise Refused(
            f"not at hand are {', '.join(missing)}: fetch them by `steering fetch`, or name a "
            "folder that holds them by STEERING_DATA."
        )
    complete = []
    for name in concepts():
        started, committed = time.monotonic(), kept / name / "card.json"
        try:
            if not committed.is_file():
                measure(model, name, out=measured / name, fresh=True)
                commit(measured / name, kept / name, again=AGAIN.format(model))
                print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
        except Refused as refused:
            print(f"{name}: {refused}", flush=True)
            continue
        complete.append(name)
    return complete


def main(model: str) -> None:
    """Measure what is missing, and the matrix once nothing else is."""
    measured = book_folder() / "_build" / "runs" / model
    kept = measured_folder() / "runs" / model
    complete = make(model, measured, kept)
    if len(complete) < len(concepts()):
        print(f"{len(complete)} of {len(concepts())} are complete: the same command goes on.")
        return
    folders = [measured / name for name in complete]
    for folder, sentence in measure_matrix(model, folders, []).items():
        raise Refused(f"of {str(folder)!r} no other vector was tried: {sentence}")
    for name in complete:
        commit(measured / name, kept / name, again=AGAIN.format(model))


def main_said(model: str, names: Sequence[str]) -> None:
    """Measure what is missing of what the model says, and then what other vectors do to it.

    These are the vectors of the other sets named, and of our own concepts.
    """
    measured = book_folder() / "_build" / said.NAME / model
    kept, letters = (measured_folder() / FOLDERS[form] / model for form in (said.NAME, "chosen"))
    plan, again = Plan(**of_form(said.NAME, {})), AGAIN.format(model)
    for name in names:
        started = time.monotonic()
        try:
            measure(model, name, plan, measured / name, fresh=True)
        except Refused as refused:
            print(f"{name}: {refused}", flush=True)
            continue
        commit(measured / name, kept / name, again=again)
        print(f"{name} (said): {time.monotonic() - started:.0f} s", flush=True)
    folders = [folder.parent for folder in sorted(measured.glob("*/card.json"))]
    runs = {one.name: (load_concept(one.name), letters / one.name, one) for one in folders}
    compared = [measured.parent / f"{model}-compared" / name for name in own_concepts()]
    for folder in compared:
        measure(model, folder.name, OF_VECTORS, folder, fresh=True)
    refused = measure_matrix(model, folders, compared) | measure_crossed(model, runs)
    for folder, sentence in refused.items():
        raise Refused(f"of {str(folder)!r} no other vector was tried: {sentence}")
    for folder in folders:
        commit(folder, kept / folder.name, again=again)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        if sys.argv[2:3] == [said.NAME]:
            main_said(sys.argv[1], sys.argv[3:] or SAID)
        else:
            main(sys.argv[1])
    except Refused as refused:
        sys.exit(str(refused))
