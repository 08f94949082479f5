"""Side effects over layers, in the models of ours: every vector on every concept's questions.

`python -m experiments.side_effects` reads the runs of the default report on our own concepts, which
it measures where they are missing, and writes `measured/side-effects.parquet`. What the report with
REPORT=full measures of a reader's own model is the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import pandas as pd

from experiments.provenance import write_provenance
from steering.clone import book_folder, measured_folder
from steering.concepts import own_concepts
from steering.errors import Refused
from steering.measuring.identity import measuring_code
from steering.measuring.measure import measure
from steering.measuring.side_effects import measure_side_effects
from steering.measuring.stand_ins import single
from steering.models.catalogue import own_models
from steering.records.side_effects import CONTRACT, write_side_effects

BUILD = book_folder() / "_build"


def of_model(model: str, concepts: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a model. Raises Refused where any concept is."""
    runs = [BUILD / "runs" / model / concept for concept in concepts]
    for run in runs:
        measure(model, run.name, out=run, fresh=True)
    table, refused = measure_side_effects(model, runs, BUILD / "further" / model / "side-effects")
    for folder, sentence in refused.items():
        raise Refused(f"of {str(folder)!r} no side effects were measured: {sentence}")
    return single(table).assign(dose=table["dose"])


def main(models: Sequence[str]) -> None:
    """Measure the named models, or all of ours, and write the committed table."""
    began = measuring_code()
    tables = [of_model(model, own_concepts()) for model in models or own_models()]
    both = pd.concat(tables, ignore_index=True)[list(CONTRACT.columns)]
    file = write_side_effects(both, measured_folder())
    write_provenance(file, began, ("torch", "nnsight", "transformers"))


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))
