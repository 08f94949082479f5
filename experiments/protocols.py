"""What each difference between two protocols does to the numbers, one at a time.

`python -m experiments.protocols [MODEL…]` measures a few public data sets under `clean`, under
`tan2024`, under `clean` with one option as in `tan2024`, and under `tan2024` with one option as in
`clean`. The sets are taken from `STEERING_DATA` or the cache. Runs are kept in
`book/_build/protocols`, so that a second call goes on where the first one stopped. `--table` makes
the table of the runs that are there, without measuring.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.provenance import write_provenance
from steering.analysis.protocols import effects
from steering.clone import book_folder, measured_folder
from steering.errors import Refused
from steering.measuring.allowed import ONE_LAYER
from steering.measuring.identity import measuring_code
from steering.measuring.job import LAYER_SETS, job_of
from steering.measuring.layer import choose_layer
from steering.measuring.measure import Access, run_jobs
from steering.measuring.plan import Plan
from steering.measuring.real_models import committed_runs, real_models
from steering.records.directions import CONTRASTIVE
from steering.records.protocol_effects import write_effects
from steering.records.protocols import CLEAN, OPTIONS, PROTOCOLS, TAN2024
from steering.records.results import read_results
from steering.records.run_card import read_card

RUNS = book_folder() / "_build" / "protocols"
# Sets with published persona sentences; models of ours have learned them.
SETS = (
    *("conscientiousness", "interest-in-music", "politically-liberal"),
    *("narcissism", "openness", "subscribes-to-Islam"),
)
MODELS = {"wren": SETS[:3], "linnet": SETS[:3], "smollm2": SETS[:1]}
# A vector's slopes are all that is read. A real model takes longer: it gets fewer of everything,
# and its layers are those that committed runs choose, which were asked as `clean` asks.
SIZES: dict[str, Any] = {
    "settings": ("BASE", "USER_NEG"), "multipliers": (-1.0, 0.0, 1.0), "map_items": 1, "replies": 0,
    "test_groups": 40, "validation_groups": 20, "train_groups": 60, "random_vectors": 0,
    "resampled_vectors": 0, "shuffled_vectors": 0, "perturbed_vectors": 0, "subset_vectors": 0,
    "neutral_texts": 0,
}  # fmt: skip
OF_REAL = {"test_groups": 12, "validation_groups": 2, "train_groups": 16}
OTHER = {CLEAN: TAN2024, TAN2024: CLEAN}


def ways() -> Iterator[tuple[str, str]]:
    """Return the protocol of each way, and the option that is as in the other one; "" for none."""
    for name in PROTOCOLS:
        yield from ((name, option) for option in ("", *OPTIONS))


def plan_of(way: tuple[str, str], model: str, concept: str) -> Plan:
    """Return the plan of a way, in the sizes that a model has."""
    protocol, changed = way
    options = dict(PROTOCOLS[protocol].options)
    if changed:
        options[changed] = PROTOCOLS[OTHER[protocol]].options[changed]
    rule, real = options.pop("layers"), model in real_models()
    layers = (committed_layer(model, concept, rule),) if real else rule
    return Plan(layers=layers, asking=options, **SIZES | (OF_REAL if real else {}))  # type: ignore[arg-type]


def committed_layer(model: str, concept: str, rule: str) -> int:
    """Return the layer that a rule chooses by the validation slopes of a model's committed runs."""
    runs = committed_runs(model)
    sets = LAYER_SETS if rule == ONE_LAYER else (concept,)
    cards = [read_card(runs[name]) for name in sets]
    slopes = pd.DataFrame([card["validation_slopes"] for card in cards]).mean()
    return choose_layer({int(str(at)): float(slope) for at, slope in slopes.items()})


def folder_of(model: str, concept: str, way: tuple[str, str]) -> Path:
    """Return the run folder of a concept by one way."""
    return RUNS / model / "-".join(filter(None, way)) / concept


def measured(model: str, concepts: Sequence[str]) -> None:
    """Measure some sets on a model in every way; what is there is not measured again."""
    for concept in concepts:
        jobs = [
            job_of(model, concept, plan_of(way, model, concept), folder_of(model, concept, way))
            for way in ways()
        ]
        missing = [job for job in jobs if not job.complete]
        if missing:
            # The model is loaded once for all ways.
            refused = run_jobs(missing, Access())
            if refused:
                raise next(iter(refused.values()))
        print(f"{model}: {concept}", flush=True)


def slopes_of(model: str, concepts: Sequence[str]) -> pd.DataFrame:
    """Return the slope of every question, under every way in which all sets have been measured."""
    tables = []
    for way in ways():
        folders = {concept: folder_of(model, concept, way) for concept in concepts}
        if not all((folder / "card.json").is_file() for folder in folders.values()):
            continue
        for folder in folders.values():
            results = read_results([folder], sweep=False)
            rows = results.steerability
            layer = results.cards[0]["layer"]
            own = (rows["direction"] == CONTRASTIVE) & (rows["vector_setting"] == "BASE")
            rows = rows[own & (rows["layer"] == layer)]
            groups = results.items[results.items["split"] == "test"].set_index("item")["group"]
            rows = rows[rows["item"].isin(groups.index)]
            columns = ["model", "concept", "item", "order", "prompt_setting", "steerability"]
            named = {"protocol": way[0], "option": way[1], "group": rows["item"].map(groups)}
            tables.append(rows[columns].assign(**named))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def make(models: Sequence[str]) -> Path:
    """Return the file of the table of all models whose runs are there.

    Raises Refused where no set has been measured in every way.
    """
    tables = [slopes_of(model, MODELS[model]) for model in models or MODELS]
    tables = [table for table in tables if len(table)]
    if not tables:
        raise Refused("no set has been measured in every way: leave --table out first.")
    table = pd.concat([effects(table) for table in tables], ignore_index=True)
    file = write_effects(table, measured_folder())
    write_provenance(file, measuring_code(), ("torch", "nnsight", "transformers"))
    return file


def main(arguments: Sequence[str]) -> None:
    """Measure the named models, or all, and write the table."""
    named = [one for one in arguments if not one.startswith("--")]
    if "--table" not in arguments:
        for model in named or MODELS:
            measured(model, MODELS[model])
    if "--runs" not in arguments:
        print(f"the table is {make(named)}")


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))
