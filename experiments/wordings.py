"""What vectors do in other words, on the models of ours: `python -m experiments.wordings [MODEL…]`.

Every concept of ours is measured with its usual vector in every wording of every family. The table
is what the page about wordings shows until a reader has measured any; runs are kept in
`book/_build/wordings`, so that a second call goes on where the first one stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from experiments.operators import SIZES
from experiments.provenance import write_provenance
from steering.clone import book_folder, measured_folder
from steering.concepts import own_concepts
from steering.measuring.identity import measuring_code
from steering.measuring.measure import measure
from steering.measuring.plan import FULL, Plan
from steering.measuring.stand_ins import single
from steering.records.wordings import read_run_wordings, write_wordings

RUNS = book_folder() / "_build" / "wordings"
MODELS = ("wren", "linnet")
# Nothing is read of these runs but slopes in other words.
PLAN = replace(Plan(settings=("BASE",), **SIZES), neutral_texts=0, wordings=FULL["wordings"])


def folder_of(model: str, concept: str) -> Path:
    """Return the run folder of a concept."""
    return RUNS / model / concept


def measured(model: str, concepts: Sequence[str]) -> None:
    """Measure every concept on a model; what is there already is not measured again."""
    for concept in concepts:
        measure(model, concept, PLAN, folder_of(model, concept), fresh=True)
        print(f"{model}: {concept}", flush=True)


def collected(models: Sequence[str], concepts: Sequence[str]) -> Path:
    """Return what is told of the committed table after writing both, from runs that are there."""
    tables, left_out = [], {}
    for model in models:
        for run in [folder_of(model, concept) for concept in concepts]:
            table, sentences = read_run_wordings(run)
            tables.append(table)
            left_out |= {f"{model}.{name}": told for name, told in sentences.items()}
    table = pd.concat([one for one in tables if len(one)], ignore_index=True)
    file = write_wordings(single(table), left_out, measured_folder())
    return write_provenance(file, measuring_code(), ("torch", "nnsight", "transformers"))


def main(models: Sequence[str]) -> None:
    """Measure the named models (none: all of ours), and write the table of them all."""
    concepts = own_concepts()
    for model in models or MODELS:
        measured(model, concepts)
    print(collected(MODELS, concepts))


if __name__ == "__main__":
    main(sys.argv[1:])
