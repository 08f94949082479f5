"""A table says itself what it was measured from."""

import json

import pandas as pd
import pyarrow.parquet
import pytest

from steering.records.told import read_told, write_told

TABLE = pd.DataFrame({"concept": ["frugal", "tidy"], "slope": [0.1 + 0.2, -0.0]})
ABOUT = {"runs": ["b", "a"], "refused": "", "λ": 1.5}


def test_what_was_written_is_read_again(tmp_path):
    file = write_told(TABLE, ABOUT, tmp_path / "one.parquet", b"about")
    table, about = read_told(file, b"about")
    pd.testing.assert_frame_equal(table, TABLE, check_exact=True)
    assert about == ABOUT
    assert list(tmp_path.iterdir()) == [file], "nothing half-written is left beside it"


def test_the_metadata_are_those_of_the_file_and_pandas_keeps_its_own(tmp_path):
    file = write_told(TABLE, ABOUT, tmp_path / "one.parquet", b"about")
    told = pyarrow.parquet.read_schema(file).metadata
    assert {*told} == {b"about", b"pandas"}
    assert json.loads(told[b"about"]) == ABOUT


def test_equal_contents_are_equal_files(tmp_path):
    one = write_told(TABLE, ABOUT, tmp_path / "one.parquet", b"about")
    other = write_told(TABLE, dict(reversed(ABOUT.items())), tmp_path / "other.parquet", b"about")
    assert one.read_bytes() == other.read_bytes()


def test_metadata_of_another_name_are_not_taken(tmp_path):
    file = write_told(TABLE, ABOUT, tmp_path / "one.parquet", b"about")
    with pytest.raises(KeyError, match="crossed"):
        read_told(file, b"crossed")
