"""Sampled replies on disk: what was written comes back, and nothing that is damaged or broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.errors
import pytest

from steering.errors import Refused
from steering.records.beside import without_rows
from steering.records.replies import (
    CONTRACT,
    FILE,
    read_replies,
    read_run_replies,
    write_replies,
)


def replies(concept: str = "tidy") -> pd.DataFrame:
    """Two samples at each of two λ; the last is empty."""
    rows = [(by, sample) for by in (-1.0, 1.0) for sample in (0, 1)]
    table = pd.DataFrame(rows, columns=["multiplier", "sample"])
    table = table.assign(model="wren", concept=concept, direction="contrastive", number=0, item=7)
    table = table.assign(order=0, tokens=[5, 4, 3, 0], text=["I tidy up.", "No.", "Yes.", ""])
    return table.assign(
        positive=[-1.0, -2.0, -0.5, np.nan],
        negative=[-1.5, -1.0, -2.5, np.nan],
        repeated=[0.0, 0.25, 1.0, np.nan],
    )[[*CONTRACT.columns]]


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert write_replies(replies(), tmp_path) == tmp_path / FILE
    pd.testing.assert_frame_equal(read_run_replies(tmp_path), replies(), check_dtype=False)


def test_columns_come_in_the_order_of_the_contract(tmp_path: Path) -> None:
    write_replies(replies()[sorted(CONTRACT.columns)], tmp_path)
    assert list(read_run_replies(tmp_path)) == list(CONTRACT.columns)
    with pytest.raises(KeyError, match="repeated"):
        write_replies(replies().drop(columns="repeated"), tmp_path)


def test_where_none_were_sampled_the_table_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    for table in (read_run_replies(tmp_path), read_replies([tmp_path]), without_rows(CONTRACT)):
        assert list(table.columns) == list(CONTRACT.columns)
        assert table.empty
        CONTRACT.validate(table)


def test_replies_of_several_runs_stand_one_below_the_other(tmp_path: Path) -> None:
    for name in ("tidy", "frugal"):
        write_replies(replies(name), tmp_path / name)
    table = read_replies([tmp_path / "tidy", tmp_path / "none", str(tmp_path / "frugal")])
    assert list(table["concept"]) == ["tidy"] * 4 + ["frugal"] * 4
    assert list(table.index) == list(range(8))


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no parquet")
    with pytest.raises(Refused, match=r"is not a readable table of replies .*: measure it again"):
        read_replies([tmp_path])


@pytest.mark.parametrize(
    "broken",
    [
        pd.concat([replies(), replies().head(1)], ignore_index=True),
        replies().assign(repeated=1.5),
        replies().assign(tokens=-1),
        replies().assign(text=None),
        replies().assign(multiplier=np.nan),
    ],
    ids=["a row twice", "no share", "fewer than no tokens", "no text", "no multiplier"],
)
def test_what_breaks_the_contract_is_not_written(broken: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        write_replies(broken, tmp_path)
    assert not (tmp_path / FILE).exists()
