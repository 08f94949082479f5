"""What the report asks a model of ours, training has never shown it."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.clone import measured_folder
from steering.concepts import load_concept, statement_hash, unseen
from steering.concepts.public import public_sets
from steering.measuring.stand_ins import at_hand
from steering.models.catalogue import model_folder, own_models, withheld
from steering.records.results import read_results
from steering.report.grid import Grid
from tests.support import miniature
from training.real import real_set

LEARNED = [
    (model, name)
    for model in own_models()
    for name in sorted(set(withheld(model_folder(model))) & set(public_sets()))
]
RUNS = sorted((measured_folder() / "runs").glob("*/*/items.parquet"))
OURS = [items for items in RUNS if items.parts[-3] in own_models()]


def unknown(model: str, concept: str) -> frozenset[str]:
    return withheld(model_folder(model))[concept]


def test_every_model_has_learned_twelve_public_sets():
    counts = pd.DataFrame(LEARNED, columns=["model", "name"])["model"].value_counts()
    assert set(counts.index) == set(own_models())
    assert counts.min() >= 12


def test_what_was_measured_for_this_book_was_withheld():
    grid = Grid.of(miniature.out() / "_build" / "report.json")
    for model in filter(own_models().__contains__, grid.models):
        for concept in grid.concepts_of(model):
            items = pd.read_parquet(grid.run(model, concept) / "items.parquet")
            assert set(items["statement_hash"]) <= unknown(model, concept)


@pytest.mark.parametrize("items", OURS, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_what_is_committed_of_public_sets_was_withheld(items):
    model, name = items.parts[-3:-1]
    hashes = pd.read_parquet(items)["statement_hash"]
    assert set(hashes) <= unknown(model, name)
    assert len(hashes) > 100


@pytest.mark.parametrize("items", RUNS, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_nothing_of_a_data_set_is_committed_but_numbers(items):
    name = items.parts[-2]
    if name in public_sets() and not at_hand(name):
        pytest.skip("the data set is not here")
    kept = read_results([items.parent])
    tables = (kept.items, kept.prompts, kept.sweep, kept.steerability)
    texts = {
        value
        for table in tables
        for column in table.select_dtypes(exclude="number")
        for value in table[column].map(str).unique()
    }
    # How a concept is described, and its personas, are sentences of ours.
    card = {key: value for key, value in kept.cards[0].items() if key != "concept"}
    text = "\n".join([*texts, str(card)])
    assert not [one.statement for one in load_concept(name).items if one.statement in text]


@pytest.mark.parametrize(("model", "name"), LEARNED)
def test_training_draws_none_of_what_is_asked(model, name):
    if not at_hand(name):
        pytest.skip("the data set is not here")
    concept = load_concept(name)
    asked = {statement_hash(item.statement) for item in unseen(concept, unknown(model, name)).items}
    every = {statement_hash(item.statement) for item in concept.items}
    seen = {statement_hash(one.text) for side in real_set(name).statements for one in side}
    assert not unknown(model, name) & seen
    assert asked < unknown(model, name) < every
    assert min(len(asked), len(seen)) > 0.3 * len(concept.items)
