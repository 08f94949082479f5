"""Predictors of all committed runs, and of the letters of our own concepts: one small table.

`python -m experiments.predictors` takes the public sets from `STEERING_DATA` or the cache. Each
vector is looked at where its run is steered, at the layer on the card. Only the training answers
are read again. Runs of our own concepts with letters are not committed: what the default report has
measured is taken as it is, and measured where it is not there. A model whose weights are not here
keeps the rows that it has.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from experiments.provenance import write_provenance
from steering.clone import book_folder, measured_folder
from steering.concepts import load_concept, own_concepts
from steering.errors import Refused
from steering.measuring.identity import measuring_code, revision_of
from steering.measuring.measure import measure
from steering.measuring.predictors import measured
from steering.measuring.real_models import real_models
from steering.models.catalogue import own_models
from steering.models.loading import load_model
from steering.models.packaged import PACKAGED, installed_file
from steering.records.predictors import PREDICTOR_KEY, read_predictors, write_predictors
from steering.records.results import FOLDERS
from steering.records.run_card import read_card
from steering.records.tables import TODAY


def make() -> Path:
    """Return the file of the table, having measured what each run's model is here for.

    Raises Refused, with nothing written, where a set is not at hand, or a run has other weights.
    """
    kept = read_predictors(measured_folder())
    here = [
        *own_models(),
        *(one for one in real_models() if one in PACKAGED and installed_file(one)),
    ]
    rows = [kept[~kept["model"].isin(here)], *map(_of_model, here)]
    table = pd.concat([part for part in rows if len(part)], ignore_index=True)
    table = table.astype({"value": "float32"}).astype({"value": "float64"})
    order = [name for name in PREDICTOR_KEY if name != "predictor"]
    file = write_predictors(table.sort_values(order, kind="stable"), measured_folder())
    write_provenance(file, measuring_code(), ("torch", "nnsight", "transformers"))
    return file


def _of_model(name: str) -> pd.DataFrame:
    """Return the predictors of every run of one model, in both forms."""
    runs = [(form, run) for form in FOLDERS for run in _runs(name, form)]
    model, tables = load_model(name), []
    for form, run in tqdm(runs, desc=f"predictors of {name}"):
        card = read_card(run)
        if card["model"]["revision"] != revision_of(name):
            raise Refused(f"{str(run)!r} was measured on other weights of {name}: make it again.")
        concept = load_concept(card["concept"]["name"])
        tables.append(measured(model, concept, form=form, layers=(int(card["layer"]),)))
    return pd.concat(tables, ignore_index=True)


def _runs(name: str, form: str) -> list[Path]:
    committed = sorted(
        one.parent for one in (measured_folder() / FOLDERS[form] / name).glob("*/card.json")
    )
    there = {one.name for one in committed}
    if form != TODAY["form"] or name not in own_models():
        return committed
    beside = book_folder() / "_build" / FOLDERS[form] / name
    own = [concept for concept in own_concepts() if concept not in there]
    for concept in tqdm(own, desc=f"letters of our concepts on {name}"):
        measure(name, concept, out=beside / concept, fresh=True)
    return [*committed, *(beside / concept for concept in own)]


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        print(f"the table is {make()}")
    except Refused as refused:
        sys.exit(str(refused))
