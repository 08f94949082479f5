"""The committed table of ways at equal cost: each concept of ours once for each way."""

from __future__ import annotations

import pytest

from steering.clone import measured_folder
from steering.records.operators import COLUMNS, read_operators
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS


@pytest.mark.parametrize("model", ["wren", "linnet"])
def test_every_way_of_every_concept_stands_once(model):
    table = read_operators(measured_folder(), model)
    assert list(table.columns) == list(COLUMNS)
    assert not table.duplicated(["concept", "operator", "maker"]).any()
    ways = table.groupby("concept").size()
    # Every operator with the mean, every maker but a given one with adding, and both at once.
    assert {*ways} == {len(OPERATORS) + len(MAKERS) - 2}
    assert len(ways) == 15
    assert (table["loss"] <= table["limit"] + 0.02).all(), "all cost the same, or less"


def test_of_other_models_there_is_nothing(tmp_path):
    assert read_operators(measured_folder(), "another").empty
    assert list(read_operators(tmp_path, "wren").columns) == list(COLUMNS)
