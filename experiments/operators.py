"""Operators and makers of directions at equal cost, on the models of ours.

`python -m experiments.operators` tries every operator with the mean difference, and every maker
with adding, on all concepts of ours, beside the runs of the default report, which it measures where
they are missing. The report with REPORT=full does the same for a reader's own model. All runs stay
where they are, so that a second call goes on where the first one stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd

from experiments.provenance import write_provenance
from steering.analysis.operators import points_of_way
from steering.clone import book_folder, measured_folder
from steering.concepts import own_concepts
from steering.errors import Refused
from steering.measuring.identity import measuring_code
from steering.measuring.measure import measure
from steering.measuring.ways import USUAL, Usual, folder_of, measure_ways, other_ways
from steering.models.catalogue import own_models
from steering.records.operators import FILE
from steering.records.results import read_results
from steering.records.strength import read_strength

BUILD = book_folder() / "_build"


def of_model(model: str, concepts: Sequence[str]) -> pd.DataFrame:
    """Return what every way does to every concept of a model. Raises Refused where any is."""
    usual = [Usual(name, BUILD / "runs" / model / name, {}) for name in concepts]
    for one in usual:
        measure(model, one.concept, out=one.run, fresh=True)
    out = BUILD / "further" / model / "ways"
    for folder, sentence in measure_ways(model, usual, out).items():
        raise Refused(f"{str(folder)!r} was not measured: {sentence}")
    runs = {USUAL: [one.run for one in usual]}
    runs |= {way: [folder_of(out, way, name) for name in concepts] for way in other_ways()}
    tables = [
        points_of_way(
            read_results(some), read_strength(some, "costs"), read_strength(some, "wide"), way
        )
        for way, some in runs.items()
    ]
    return pd.concat(tables, ignore_index=True)


def main(models: Sequence[str]) -> None:
    """Measure the named models, and put their rows in place of those in the committed table."""
    began, file = measuring_code(), measured_folder() / FILE
    known = pd.read_csv(file) if file.is_file() else pd.DataFrame()
    for model in models or own_models():
        rows = of_model(model, own_concepts())
        kept = known[known["model"] != model] if len(known) else known
        known = pd.concat([kept, rows], ignore_index=True)
        known.to_csv(file, index=False, float_format="%.6g")
    write_provenance(file, began, ("torch", "nnsight", "transformers"))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))
