"""The table of wordings: checked when it is written, whole or not there, read with notes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pandera.errors import SchemaError

from steering.errors import Refused
from steering.records.wordings import (
    CONTRACT,
    FILE,
    read_run_wordings,
    write_wordings,
)
from tests.support.worded import slopes_in_words

LEFT_OUT = {"labels.digits": "the tokenizer has no token for them."}


def test_what_is_written_is_read_with_what_was_left_out(tmp_path: Path) -> None:
    table = slopes_in_words()
    write_wordings(table.assign(more=1), LEFT_OUT, tmp_path)
    read, left_out = read_run_wordings(tmp_path)
    pd.testing.assert_frame_equal(read, table[list(CONTRACT.columns)])
    assert left_out == LEFT_OUT


def test_runs_without_a_table_have_no_rows(tmp_path: Path) -> None:
    table, left_out = read_run_wordings(tmp_path)
    assert table.empty
    assert [*table.columns] == [*CONTRACT.columns]
    assert left_out == {}


def test_a_question_stands_once_in_each_wording(tmp_path: Path) -> None:
    table = slopes_in_words()
    with pytest.raises(SchemaError):
        write_wordings(pd.concat([table, table.iloc[:1]], ignore_index=True), {}, tmp_path)
    assert not (tmp_path / FILE).exists()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no table")
    with pytest.raises(Refused, match="is not a readable table of wordings"):
        read_run_wordings(tmp_path)
