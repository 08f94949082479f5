"""Other operators and other makers of directions at equal cost, on the models of ours.

`python -m experiments.operators [MODEL…]` measures every concept of ours (and every public set that
is at hand) with adding the mean difference, with every other operator, and with every other maker,
all at the layer that the first one chose. Each is tried on the test items at its own operating
point: the strongest push under the same cost. The table is what the pages about a model show; runs
are kept in `book/_build/operators`, so that a second call goes on where the first one stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from experiments.provenance import write_provenance
from steering.analysis.answering import answering
from steering.analysis.curves import curve_table
from steering.analysis.strength import costs_by_dose
from steering.analysis.verdict.operating import operating_points, operating_verdicts
from steering.clone import book_folder, measured_folder
from steering.concepts import own_concepts
from steering.measuring.identity import measuring_code
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.records.directions import GIVEN
from steering.records.results import read_results
from steering.records.strength import read_strength
from steering.records.tables import SETTINGS, TODAY
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS

FILE = measured_folder() / "operators.csv"
RUNS = book_folder() / "_build" / "operators"
MODELS = ("wren", "linnet")
# A maker that takes the vectors of all prompt settings needs them all.
OF_ALL_SETTINGS = "settings_mean"
# What is read is the test items at the operating point: nothing else needs to be exact.
SIZES = {
    "multipliers": (-1.0, 0.0, 1.0), "map_items": 1, "replies": 0, "random_vectors": 20,
    "shuffled_vectors": 20, "resampled_vectors": 20, "resampled_shift_vectors": 0,
}  # fmt: skip


def ways() -> list[tuple[str, str]]:
    """Return the operator and the maker of each way, adding the mean difference first."""
    usual = TODAY["operator"], TODAY["maker"]
    operators = [(name, usual[1]) for name in OPERATORS if name != usual[0]]
    makers = [(usual[0], name) for name in MAKERS if name not in (usual[1], GIVEN)]
    return [usual, *operators, *makers]


def plan_of(way: tuple[str, str], layer: int | None) -> Plan:
    """Return the plan of a way; None lets it choose the layer."""
    operator, maker = way
    settings = SETTINGS if maker == OF_ALL_SETTINGS else ("BASE",)
    chosen = {} if layer is None else {"layers": (layer,)}
    return Plan(settings=settings, operator=operator, maker=maker, **chosen, **SIZES)


def of_model(model: str, concepts: Sequence[str]) -> pd.DataFrame:
    """Return what every way does to every concept of a model: rows of `operating_points`."""
    for concept in concepts:
        layer = None
        for way in ways():
            out = folder_of(model, way, concept)
            results = measure(model, concept, plan_of(way, layer), out, fresh=True)
            layer = int(results.cards[0]["layer"]) if layer is None else layer
        print(f"{model}: {concept}", flush=True)
    return rows_of(model, concepts)


def folder_of(model: str, way: tuple[str, str], concept: str) -> Path:
    """Return the run folder of a concept by one way."""
    return RUNS / model / "-".join(way) / concept


def rows_of(model: str, concepts: Sequence[str]) -> pd.DataFrame:
    """Return the rows of `operating_points` of all ways in a model, from runs that are there."""
    tables = []
    for way in ways():
        operator, maker = way
        runs = [folder_of(model, way, concept) for concept in concepts]
        results = read_results(runs)
        curves = curve_table(results)
        claims = operating_verdicts(read_strength(runs, "wide"), curves, answering(results))
        by_dose = costs_by_dose(read_strength(runs, "costs"), results.cards)
        points = operating_points(results.cards, by_dose, claims)
        layers = {card["concept"]["name"]: int(card["layer"]) for card in results.cards}
        named = {"operator": operator, "maker": maker, "layer": points["concept"].map(layers)}
        tables.append(points.assign(**named))
    return pd.concat(tables, ignore_index=True)


def main(models: Sequence[str]) -> None:
    """Measure the named models, and put their rows in place of those in the committed table."""
    began = measuring_code()
    concepts = own_concepts()
    known = pd.read_csv(FILE) if FILE.is_file() else pd.DataFrame()
    for model in models or MODELS:
        rows = of_model(model, concepts)
        kept = known[known["model"] != model] if len(known) else known
        known = pd.concat([kept, rows], ignore_index=True)
        known.to_csv(FILE, index=False, float_format="%.6g")
    write_provenance(FILE, began, ("torch", "nnsight", "transformers"))


if __name__ == "__main__":
    main(sys.argv[1:])
