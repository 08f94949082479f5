"""Directions are told apart by three columns, and no table holds a spelling of them."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.clone import measured_folder
from steering.records import directions
from steering.records.directions import OTHER, VECTOR_KEY, subset_size, subset_sizes
from steering.vectors.controls import CONTROLS

KINDS = {
    value for name, value in vars(directions).items() if name.isupper() and isinstance(value, str)
}


def test_every_control_is_a_kind_of_direction() -> None:
    assert set(CONTROLS) <= KINDS


def test_sizes_of_subsets_go_evenly_from_two_groups_to_half_of_them() -> None:
    assert subset_sizes(64) == (2, 4, 8, 16, 32)
    assert subset_sizes(159) == (2, 5, 13, 32, 79)
    assert [subset_size(number, 64) for number in range(8)] == [64, 2, 4, 8, 16, 32, 2, 4]
    for groups in range(1, 300):
        sizes = subset_sizes(groups)
        assert sizes == tuple(sorted(set(sizes)))
        assert 1 <= sizes[0] <= sizes[-1] <= max(1, groups // 2)


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
