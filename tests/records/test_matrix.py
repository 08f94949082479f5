"""The matrix on disk: what was written comes back, and nothing that is damaged, old or outdated."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from steering.errors import Refused
from steering.records.matrix import (
    CONTRACT,
    KEY,
    About,
    empty,
    matrix_file,
    not_compared,
    read_matrix,
    read_stored,
    write_matrix,
)
from steering.storage import write_json

ABOUT = About("questions", {"frugal": "one", "honest": "another"}, run="plan")


def slopes() -> pd.DataFrame:
    rows = [(name, item, order) for name in ABOUT.vectors for item in (3, 5) for order in (0, 1)]
    table = pd.DataFrame(rows, columns=["vector_concept", "item", "order"])
    words = {"model": "wren", "concept": "tidy", "form": "chosen", "operator": "add"}
    table = table.assign(**words, maker="mean", layer=4, steerability=0.1 * table["item"])
    return table[list(CONTRACT.columns)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder of which only the card is there."""
    folder = tmp_path / "runs" / "wren" / "tidy"
    write_json({"plan_hash": "plan"}, folder / "card.json")
    return folder


def test_a_table_comes_back_with_what_it_was_measured_from(run: Path) -> None:
    file = write_matrix(slopes(), ABOUT, run)
    assert file == run.parent / "matrix" / "tidy.parquet" == matrix_file(run)
    table, about = read_stored(run)
    pd.testing.assert_frame_equal(table, slopes(), check_dtype=False)
    assert about == ABOUT
    pd.testing.assert_frame_equal(read_matrix([run]), table)
    assert not_compared([run]) == {}


def test_where_there_is_none_the_table_has_its_columns_and_no_rows(run: Path) -> None:
    table = read_matrix([run])
    assert list(table.columns) == list(CONTRACT.columns)
    assert table.empty
    CONTRACT.validate(table)
    assert not_compared([run]) == {"tidy": "no other concept's vector was tried on its questions."}
    beside = run.parent / "frugal"
    write_json({"plan_hash": "plan"}, beside / "card.json")
    write_matrix(slopes().assign(concept="frugal", vector_concept="tidy").head(1), ABOUT, beside)
    assert len(read_matrix([run, beside])) == 1


def test_why_there_is_none_is_said(run: Path) -> None:
    write_matrix(empty(), About(refused="the disk was full."), run)
    assert read_matrix([run]).empty
    assert not_compared([run]) == {"tidy": "the disk was full."}


def test_what_was_tried_before_the_run_was_measured_anew_does_not_count(run: Path) -> None:
    write_matrix(slopes(), ABOUT, run)
    write_json({"plan_hash": "another plan"}, run / "card.json")
    assert read_matrix([run]).empty
    assert "it was measured anew" in not_compared([run])["tidy"]
    assert len(read_stored(run)[0]) == len(slopes())


def test_a_damaged_table_and_one_without_its_metadata_are_refused(run: Path) -> None:
    matrix_file(run).parent.mkdir(parents=True)
    matrix_file(run).write_text("no parquet")
    with pytest.raises(Refused, match=r"is no readable table .*: remove it, and make the report"):
        read_matrix([run])
    slopes().to_parquet(matrix_file(run))
    with pytest.raises(Refused, match="is no readable table"):
        read_matrix([run])


def test_a_table_of_an_older_version_is_refused_by_what_it_lacks(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [name for name in CONTRACT.columns if name not in ("maker", "form")]
    monkeypatch.setattr("steering.records.matrix.CONTRACT", CONTRACT.select_columns(older))
    monkeypatch.setattr(
        "steering.records.matrix.CONTRACT.unique", [name for name in KEY if name in older]
    )
    write_matrix(slopes(), ABOUT, run)
    monkeypatch.undo()
    with pytest.raises(Refused, match=r"lacks the columns form, maker: remove it") as refused:
        read_matrix([run])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "broken",
    [
        pd.concat([slopes(), slopes().head(1)], ignore_index=True),
        slopes().assign(vector_concept="tidy"),
        slopes().assign(item=-1),
    ],
    ids=["a row twice", "the own vector", "no item"],
)
def test_what_breaks_the_contract_is_not_written(broken: pd.DataFrame, run: Path) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        write_matrix(broken, ABOUT, run)
    assert not matrix_file(run).exists()
