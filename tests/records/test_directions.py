"""Directions are told apart by three columns, and no table holds a spelling of them."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.clone import measured_folder
from steering.records import directions
from steering.records.directions import OTHER, VECTOR_KEY
from steering.vectors.controls import CONTROLS

KINDS = {
    value for name, value in vars(directions).items() if name.isupper() and isinstance(value, str)
}


def test_every_control_is_a_kind_of_direction() -> None:
    assert set(CONTROLS) <= KINDS


@pytest.mark.parametrize(
    "file",
    sorted(measured_folder().glob("runs/*/*/steerability.parquet")),
    ids=lambda f: f.parent.name,
)
def test_committed_tables_have_columns_and_no_spelling(file) -> None:
    table = pd.read_parquet(file, columns=["concept", *VECTOR_KEY])
    assert set(table["direction"]) <= KINDS
    own = table["vector_concept"] == table["concept"]
    assert (own == (table["direction"] != OTHER)).all()
    for _, part in table.drop_duplicates(VECTOR_KEY).groupby("direction"):
        assert sorted(part["number"]) == list(range(len(part)))
