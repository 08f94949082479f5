"""Tables beside those of a run: checked when written, read with the columns of today."""

from __future__ import annotations

import pandas as pd
import pandera.errors
import pandera.pandas as pa
import pytest

from steering.errors import Refused
from steering.records.beside import joined, read_checked, without_rows, write_checked

CONTRACT = pa.DataFrameSchema(
    {"name": pa.Column(str), "count": pa.Column("int64"), "share": pa.Column("float64")},
    unique=["name"],
    strict=True,
)
TABLE = pd.DataFrame({"share": [0.5, 0.25], "name": ["a", "b"], "count": [1, 2]})


def test_it_comes_back_with_its_columns_in_order(tmp_path):
    path = write_checked(TABLE, tmp_path / "table.parquet", CONTRACT)
    pd.testing.assert_frame_equal(
        read_checked(path, CONTRACT, "things"), TABLE[[*CONTRACT.columns]]
    )


def test_what_breaks_the_contract_is_not_written(tmp_path):
    twice = TABLE.assign(name="a")
    with pytest.raises(pandera.errors.SchemaError):
        write_checked(twice, tmp_path / "table.parquet", CONTRACT)
    with pytest.raises(KeyError, match="share"):
        write_checked(TABLE.drop(columns="share"), tmp_path / "table.parquet", CONTRACT)
    assert not list(tmp_path.iterdir())


def test_where_there_is_no_file_there_are_no_rows_but_all_columns(tmp_path):
    nothing = read_checked(tmp_path / "table.parquet", CONTRACT, "things")
    assert nothing.empty
    CONTRACT.validate(nothing)
    pd.testing.assert_frame_equal(nothing, without_rows(CONTRACT))


def test_a_column_of_later_is_missing_in_rows_of_before(tmp_path):
    TABLE.drop(columns="share").to_parquet(tmp_path / "table.parquet")
    read = read_checked(tmp_path / "table.parquet", CONTRACT, "things")
    assert read["share"].isna().all()
    assert list(read["name"]) == ["a", "b"]


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "table.parquet").write_text("no parquet", encoding="utf-8")
    with pytest.raises(Refused, match=r"table\.parquet' is not a readable table of things"):
        read_checked(tmp_path / "table.parquet", CONTRACT, "things")


def test_tables_stand_one_below_the_other_and_empty_ones_change_no_types():
    both = joined([TABLE[:1], without_rows(CONTRACT), TABLE[1:]], CONTRACT)
    assert list(both["name"]) == ["a", "b"]
    assert both["count"].dtype == "int64"
    assert list(joined([], CONTRACT).columns) == list(CONTRACT.columns)
