"""The committed runs of training with several seeds."""

from __future__ import annotations

from steering.clone import measured_folder
from steering.records.seeds import COLUMNS, read_seeds


def test_every_run_has_a_row_for_each_of_its_concepts() -> None:
    table, about = read_seeds(measured_folder())
    assert list(table.columns) == list(COLUMNS)
    sizes = table.groupby(["shape", "seed"]).size()
    assert set(sizes) == {about["about"]["concepts"]}
    assert not table.duplicated(["shape", "seed", "concept"]).any()
    assert table["accuracy"].between(0, 1).all()
