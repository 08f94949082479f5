"""The table of predictors: its contract, its file, and where a run's own ones are found."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from pandera.errors import SchemaError

from steering.errors import Refused
from steering.records import predictors as table


def rows(concept: str = "tidy", layer: int = 3, value: float = 0.5) -> pd.DataFrame:
    key = {"model": "m", "concept": concept, "form": "chosen", "layer": layer}
    return pd.DataFrame(
        [{**key, "predictor": one, "value": value, "pairs": 8, "groups": 4}
         for one in (table.DOSE, table.D_PRIME)]
    )  # fmt: skip


def run(folder, concept: str = "tidy", layer: int = 3):
    folder.mkdir(parents=True)
    card = {"model": {"name": "m"}, "concept": {"name": concept}, "layer": layer}
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_what_was_written_is_read(tmp_path):
    table.write_predictors(rows(), tmp_path)
    pd.testing.assert_frame_equal(table.read_predictors(tmp_path), rows(), check_dtype=False)
    assert table.read_predictors(tmp_path / "nowhere").empty


@pytest.mark.parametrize("broken", [{"predictor": "luck"}, {"layer": -1}, {"predictor": "dose"}])
def test_a_table_that_breaks_its_contract_is_not_written(broken, tmp_path):
    with pytest.raises(SchemaError):
        table.write_predictors(rows().assign(**broken), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / table.FILE).write_text("no table")
    with pytest.raises(Refused, match=r"not a readable table of predictors .*: measure it again\."):
        table.read_predictors(tmp_path)


def test_a_run_has_its_own_predictors_or_those_of_the_committed_table_at_its_layer(tmp_path):
    own, without, elsewhere = (
        run(tmp_path / name, name, layer) for name, layer in (("a", 3), ("b", 2), ("c", 1))
    )
    both = pd.concat([rows("a", 3, 1.0), rows("a", 2, 9.0)], ignore_index=True)
    table.write_predictors(both, own)
    kept = pd.concat([rows("a", 3, 5.0), rows("b", 2, 2.0), rows("c", 2, 3.0)], ignore_index=True)
    committed = tmp_path / "measured"
    committed.mkdir()
    table.write_predictors(kept, committed)
    found = table.predictors_of_runs([own, without, elsewhere], committed)
    assert dict(zip(found["concept"], found["value"], strict=True)) == {"a": 1.0, "b": 2.0}
    assert table.predictors_of_runs([elsewhere], committed).empty
    assert table.with_predictors([own, elsewhere, str(without)], committed) == [own, without]


def test_every_predictor_has_a_title():
    assert tuple(table.TITLES) == table.PREDICTORS
