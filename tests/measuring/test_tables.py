"""The tables of a run, put together: each by its contract, each row from what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.concepts import statement_hash
from steering.forward.scores import PREFILLED
from steering.measuring.kept import Kept
from steering.measuring.run import Run, render_prompts
from steering.measuring.sweeps import PLACE
from steering.measuring.tables import items_table, run_tables
from steering.models.loading import load_model
from steering.records.tables import CONTRACTS, write
from steering.steerability import slopes
from tests.support import tiny
from tests.support.small import SMALL


@pytest.fixture(scope="module")
def rendered(model, tmp_path_factory):
    run = Run(load_model(model), tiny.concept(), SMALL, Kept(tmp_path_factory.mktemp("run"), {}))
    return run.model, render_prompts(run)


def prefilled(made):
    """A probability of its own for each test prompt, in no order."""
    prompts = [one for one in made.all() if one.item in {item.item for item in made.items["test"]}]
    table = pd.DataFrame({name: [getattr(one, name) for one in prompts] for name in PLACE})
    table[PREFILLED] = np.linspace(0, 1, len(table))
    return table.iloc[::-1]


def test_items_are_those_that_were_measured_with_their_split(rendered):
    made, concept = rendered[1], tiny.concept()
    table = CONTRACTS["items"].validate(items_table(concept, made))
    assert list(table["item"]) == [
        item.item for split in ("train", "validation", "test") for item in made.items[split]
    ]
    for row in table.itertuples():
        item = concept.items[row.item]
        assert (row.statement, row.group, row.split) == (item.statement, item.group, item.split)
        assert row.statement_hash == statement_hash(item.statement)
        assert {row.positive_answer, row.negative_answer} == {"Yes", "No"}
        assert (row.positive_answer == "Yes") == item.positive_is_yes


def test_all_four_tables_keep_their_contracts(rendered, done, tmp_path):
    model, made = rendered
    _, results = done
    tables = run_tables(model, tiny.concept(), made, results.sweep, prefilled(made))
    assert list(tables) == list(CONTRACTS)
    for name, table in tables.items():
        write(table, tmp_path, name)
    assert len(tables["prompts"]) == len(made.all())
    by_place = prefilled(made).set_index(PLACE)[PREFILLED]
    for prompt, found in zip(made.all(), tables["prompts"][PREFILLED], strict=True):
        place = tuple(getattr(prompt, name) for name in PLACE)
        assert found == by_place[place] if place in by_place else np.isnan(found)
    expected = slopes(results.sweep)
    pd.testing.assert_frame_equal(tables["steerability"][expected.columns], expected)
    # Of a model that is not ours no truth is known.
    assert tables["steerability"]["planted_steerability"].isna().all()
    assert tables["steerability"]["planted_intercept"].isna().all()


def test_the_tables_on_disk_are_these(rendered, done):
    model, made = rendered
    _, results = done
    tables = run_tables(model, tiny.concept(), made, results.sweep, prefilled(made))
    pd.testing.assert_frame_equal(results.items.astype({"concept": "str"}), tables["items"])
    for name in ("steered_from", "read_position"):
        np.testing.assert_array_equal(results.prompts[name], tables["prompts"][name])
