"""The table of verdicts as it is stored."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from steering.errors import Refused
from steering.records.verdicts import COLUMNS, read_verdicts, write_verdicts


@pytest.fixture
def one() -> pd.DataFrame:
    texts = {"model": "wren", "concept": "tidy", "kind": "concepts of ours", "form": "chosen"}
    texts |= {"direction": "contrastive", "claim": "letter", "subject": "", "outcome": "pushes"}
    numbers = {"estimate": 0.5, "low": 0.4, "high": 0.6, "p": 0.01, "q": None, "least": 0.1}
    row = texts | numbers | {"family": 3, "reason": ""}
    return pd.DataFrame([row]).astype({"q": float})


def test_what_is_written_is_read_again(one: pd.DataFrame, tmp_path: Path) -> None:
    file = write_verdicts(one, tmp_path / "verdicts" / "wren.parquet")
    pd.testing.assert_frame_equal(read_verdicts(file), one[COLUMNS])


def test_a_claim_about_a_subject_has_one_verdict(one: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        write_verdicts(pd.concat([one, one], ignore_index=True), tmp_path / "wren.parquet")
    assert not (tmp_path / "wren.parquet").exists()


def test_a_table_of_an_older_version_is_refused_in_one_sentence(
    one: pd.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "wren.parquet"
    one.drop(columns=["least", "family"]).to_parquet(file)
    with pytest.raises(Refused, match="older version and lacks the columns family, least: remove"):
        read_verdicts(file)
    file.write_bytes(b"no parquet")
    with pytest.raises(Refused, match="is not a readable table of verdicts"):
        read_verdicts(file)
