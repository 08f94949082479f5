"""What older committed runs lack is what a whole run has, and nothing of theirs changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from experiments.strength_of_runs import measure_missing, put_beside
from steering.clone import measured_folder
from steering.errors import Refused
from steering.measuring import job
from steering.measuring.measure import measure
from steering.measuring.stand_ins import commit
from steering.models.loading import load_model
from steering.records.directions import SUBSET
from steering.records.reading import read
from steering.records.run_card import read_card
from steering.records.strength import read_strength
from steering.storage import write_json
from tests.support import tiny
from tests.support.small import LEAST

WHOLE = replace(
    LEAST, settings=("BASE", "SYS_POS"), random_vectors=2, resampled_vectors=2,
    subset_vectors=16, neutral_texts=8, wide_groups=10, other_concept="",
)  # fmt: skip
OLD = replace(WHOLE, subset_vectors=0, neutral_texts=0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny.save(tmp_path_factory.mktemp("models") / "tiny-llama"))


@pytest.fixture(scope="module")
def loaded(model):
    one = load_model(model)
    object.__setattr__(one, "name", model)
    return one


@pytest.fixture(autouse=True)
def at_hand(monkeypatch):
    """The tiny concept is found by its name."""
    monkeypatch.setattr(job, "load_concept", lambda *_: tiny.concept())


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    """A run that lacks nothing."""
    folder = tmp_path_factory.mktemp("whole") / "thrift"
    measure(model, tiny.concept(), WHOLE, folder)
    return folder


@pytest.fixture
def old(model, tmp_path):
    """A committed run of before strength was measured."""
    measure(model, tiny.concept(), OLD, tmp_path / "run")
    return commit(tmp_path / "run", tmp_path / "kept", again="again")


def as_written(folder, name):
    key = ["direction", "number", "layer", "multiplier"]
    table = read_strength([folder], name).drop(columns="model")
    return table.sort_values([*key, *(["text"] if name == "costs" else ["item", "order", "role"])],
                             ignore_index=True)  # fmt: skip


def test_what_it_lacks_is_what_a_whole_run_has(loaded, whole, old, tmp_path):
    before = {name: read(old, name) for name in ("sweep", "steerability", "items", "prompts")}
    card = read_card(old)
    missing = measure_missing(loaded, old, tmp_path / "later")
    assert missing.apart < 1e-6
    put_beside(missing, old)
    for name in ("costs", "wide"):
        chosen, expected = as_written(old, name), as_written(whole, name)
        pd.testing.assert_frame_equal(chosen, expected, rtol=1e-4, atol=1e-5)
    after = read(old, "steerability")
    subsets, expected = (
        table[table["direction"] == SUBSET].sort_values(["number", "item", "order"])
        for table in (after, read(whole, "steerability"))
    )
    assert subsets["steerability"].to_numpy() == pytest.approx(
        expected["steerability"].to_numpy(), rel=1e-4, abs=1e-6
    )
    rest = after[after["direction"] != SUBSET].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        rest.astype(before["steerability"].dtypes), before["steerability"]
    )
    for name in ("sweep", "items", "prompts"):
        pd.testing.assert_frame_equal(read(old, name), before[name])
    told = read_card(old)
    assert told["operating"] == pytest.approx(read_card(whole)["operating"], rel=1e-4)
    assert told["plan"] == card["plan"]
    assert told["stages"] == card["stages"]
    later = told["committed"]["later"]
    assert {"code", "date", "machine", "versions", "plan"} <= later.keys()
    assert {"costs", f"sweep/BASE/{SUBSET}/propensity"} <= later["stages"].keys()
    assert SUBSET in told["control_multipliers"]
    # Again it gives the same, from what is kept.
    put_beside(measure_missing(loaded, old, tmp_path / "later"), old)
    pd.testing.assert_frame_equal(read(old, "steerability"), after)


def test_another_vector_other_slopes_and_other_prompts_are_refused(loaded, old, tmp_path):
    table = read(old, "steerability")
    off = table.assign(steerability=table["steerability"] + 0.01)
    off.to_parquet(old / "steerability.parquet")
    with pytest.raises(Refused, match=r"the slopes of .* are others now, by up to 0\.01"):
        measure_missing(loaded, old, tmp_path / "slopes")
    card = json.loads((old / "card.json").read_text())
    write_json(card | {"rendered": {"BASE": "other"}}, old / "card.json")
    with pytest.raises(Refused, match="are rendered differently now"):
        measure_missing(loaded, old, tmp_path / "prompts")
    write_json(card, old / "card.json")
    vectors = (old / "vector.safetensors").read_bytes()
    (old / "vector.safetensors").write_bytes(vectors[:-512] + bytes(512))
    at_last = {**card, "layer": max(card["layers"])}
    write_json(at_last, old / "card.json")
    with pytest.raises(Refused, match=r"the vector of .* is another one now"):
        measure_missing(loaded, old, tmp_path / "vector")
    assert not (old / "costs.parquet").exists()


LATER = [
    file.parent
    for file in sorted(measured_folder().glob("*/*/*/card.json"))
    if "later" in json.loads(file.read_text()).get("committed", {})
]


@pytest.mark.parametrize("run", LATER, ids=lambda run: f"{run.parent.name}-{run.name}")
def test_a_committed_run_says_what_was_measured_later(run):
    card = read_card(run)
    later = card["committed"]["later"]
    assert card["operating"]["cost_limit"] == later["plan"]["cost_limit"]
    assert later["plan"]["layers"] == [card["layer"]]
    assert set(read_strength([run], "costs")["model"]) == {card["model"]["name"]}
    assert len(read_strength([run], "wide"))
    assert (run / "costs.parquet").stat().st_size + (run / "wide.parquet").stat().st_size < 3e5
