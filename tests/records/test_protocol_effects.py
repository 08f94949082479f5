"""The committed effects: a contract, and a file that may be missing."""

from __future__ import annotations

import pandas as pd
import pytest
from pandera.errors import SchemaError

from steering.records.protocol_effects import CONTRACT, FILE, read_effects, write_effects


def row(**changed):
    about = {
        "model": "wren", "protocol": "clean", "option": "orders", "number": "mean", "before": 1.0,
        "after": 2.0, "difference": 1.0, "low": 0.5, "high": 1.5, "p": 0.01, "questions": 9,
        "groups": 8, "concepts": 1,
    }  # fmt: skip
    return pd.DataFrame([about | changed])


def test_what_is_written_is_read(tmp_path):
    table = pd.concat([row(), row(option="all", p=float("nan"))], ignore_index=True)
    assert write_effects(table, tmp_path).name == FILE
    pd.testing.assert_frame_equal(read_effects(tmp_path), table, check_dtype=False)
    assert list(read_effects(tmp_path / "none").columns) == list(CONTRACT.columns)


@pytest.mark.parametrize(
    "wrong", [{"option": "seed"}, {"protocol": ""}, {"number": "median"}, {"p": 2.0}, {"groups": 0}]
)
def test_what_breaks_the_contract_is_not_written(wrong, tmp_path):
    with pytest.raises(SchemaError):
        write_effects(row(**wrong), tmp_path)
    assert not (tmp_path / FILE).exists()


def test_two_rows_of_one_key_are_not_written(tmp_path):
    with pytest.raises(SchemaError):
        write_effects(pd.concat([row(), row(after=3.0)], ignore_index=True), tmp_path)
