"""The tables of strength: written whole, read together, damaged ones named."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.errors import Refused
from steering.records.beside import without_rows
from steering.records.strength import (
    CONTRACTS,
    COST_KEY,
    read_strength,
    write_strength,
)


def costs(multiplier=1.0):
    row = {
        "model": "m", "concept": "c", "form": "chosen", "direction": "contrastive",
        "operator": "add", "maker": "mean", "number": 0, "layer": 2, "tokens": 9,
        "prompt_setting": "BASE", "text": "bread", "multiplier": multiplier, "dose": 0.1,
        "first": 0.1, "divergence": 0.2, "log_likelihood": -2.0,
        "reply_tokens": 24.0, "repeated": 0.1,
    }  # fmt: skip
    return pd.DataFrame([row])


def test_it_comes_back_as_it_was_written(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "none").mkdir()
    write_strength(costs(), tmp_path / "one", "costs")
    read = read_strength([tmp_path / "one", tmp_path / "none"], "costs")
    pd.testing.assert_frame_equal(read, costs()[list(CONTRACTS["costs"].columns)])


@pytest.mark.parametrize("name", CONTRACTS)
def test_without_any_there_are_no_rows_but_all_columns(name, tmp_path):
    assert read_strength([tmp_path], name).empty
    assert list(without_rows(CONTRACTS[name]).columns) == list(CONTRACTS[name].columns)
    CONTRACTS[name].validate(without_rows(CONTRACTS[name]))


def test_a_row_twice_is_a_fault_of_ours(tmp_path):
    twice = pd.concat([costs(), costs()], ignore_index=True)
    with pytest.raises(Exception, match="unique"):
        write_strength(twice, tmp_path, "costs")
    assert not list(tmp_path.iterdir())
    assert not pd.concat([costs(), costs(2.0)]).duplicated(list(COST_KEY)).any()


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "wide.parquet").write_text("no parquet", encoding="utf-8")
    with pytest.raises(Refused, match=r"wide\.parquet' is not a readable table of wide"):
        read_strength([tmp_path], "wide")
