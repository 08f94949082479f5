"""The table of side effects over layers: what it must hold, and what is committed of our models."""

from __future__ import annotations

import json

import pandas as pd
import pandera.errors
import pytest

from steering.clone import measured_folder
from steering.errors import Refused
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.side_effects import CONTRACT, FILE, read_side_effects, write_side_effects

ROW = {
    "model": "m", "concept": "a", "form": "chosen", "operator": "add", "maker": "mean",
    "direction": CONTRASTIVE, "vector_concept": "b", "number": 0, "layer": 3, "dose": 0.35,
    "multiplier": 1.4, "change": -0.2, "questions": 10,
}  # fmt: skip


def test_it_comes_back_as_it_was_written_for_one_model_alone(tmp_path):
    both = pd.DataFrame([ROW, ROW | {"model": "other"}])
    write_side_effects(both, tmp_path)
    pd.testing.assert_frame_equal(read_side_effects(tmp_path, "m"), both[:1])
    assert read_side_effects(tmp_path, "another").empty
    assert list(read_side_effects(tmp_path / "none", "m").columns) == list(CONTRACT.columns)


@pytest.mark.parametrize("wrong", [{"dose": 0.0}, {"questions": 0}, {"change": None}])
def test_what_breaks_its_contract_is_not_written(tmp_path, wrong):
    with pytest.raises(pandera.errors.SchemaError):
        write_side_effects(pd.DataFrame([ROW | wrong]), tmp_path)
    with pytest.raises(pandera.errors.SchemaError):
        write_side_effects(pd.DataFrame([ROW, ROW]), tmp_path)
    assert not (tmp_path / FILE).exists()


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / FILE).write_text("no table")
    with pytest.raises(Refused, match="not a readable table of side effects"):
        read_side_effects(tmp_path, "m")


@pytest.mark.parametrize("model", ["wren", "linnet"])
def test_the_committed_table_holds_every_vector_on_every_concept_of_ours(model):
    table = read_side_effects(measured_folder(), model)
    CONTRACT.validate(table)
    concepts = {*table["concept"]}
    assert len(concepts) == 15
    layers, doses = table["layer"].nunique(), table["dose"].nunique()
    vectors = table[table["direction"] == CONTRASTIVE]
    assert {*vectors["vector_concept"]} == concepts
    assert len(vectors) == 15 * 15 * layers * doses
    drawn = table[table["direction"] == RANDOM]
    assert len(drawn) == 15 * drawn["number"].nunique() * layers * doses
    assert (layers, doses) == (8, 3)
    # Where concepts were planted apart, a vector moves its own concept far more than others.
    planted = vectors[(vectors["dose"] == 0.35) & (vectors["layer"] == 4)]
    own = planted["concept"] == planted["vector_concept"]
    sizes = planted["change"].abs().groupby(own).median()
    assert sizes[True] > 3 * sizes[False]
    about = json.loads((measured_folder() / "side-effects.json").read_text())
    assert {"code", "date", "machine", "versions"} <= about.keys()
