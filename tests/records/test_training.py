"""What the folder of a model of ours says of its training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from steering.errors import Refused
from steering.models.catalogue import model_folder, own_models
from steering.records.tables import SETTINGS
from steering.records.training import planted_cosines, read_training


def folder(at: Path, *, stages: tuple[str, ...] = ("persona", "real", "clean")) -> Path:
    recipe = [
        {"name": "persona", "real_share": 0.0, "off_direction_penalty": 0.0},
        {"name": "real", "real_share": 0.6, "off_direction_penalty": 0.0},
        {"name": "clean", "real_share": 0.4, "off_direction_penalty": 0.02},
    ]
    record = {
        "shape": "gpt2",
        "seed": 3,
        "real": ["openness"],
        "tokens": 100 * len(stages),
        "seconds": 120,
        "recipe": recipe,
        "stages": [
            {"name": name, "tokens": 100, "losses": [[50, 2.0], [90, 1.0]]} for name in stages
        ],
    }
    (at / "training.json").write_text(json.dumps(record))
    tidy = np.array([1, 0, 0], dtype=np.float32)
    vectors = {
        "tidy": 18 * tidy,
        "openness": 18 * tidy[::-1].copy(),
        "tidy/USER_POS": np.array([0.6, 0.8, 0], dtype=np.float32),
    }
    save_file(vectors, at / "directions.safetensors", metadata={"layer": "4"})
    return at


def test_training_is_read_as_it_went(tmp_path: Path) -> None:
    found = read_training(folder(tmp_path))
    assert (found.shape, found.seed, found.tokens, found.minutes) == ("gpt2", 3, 300, 2)
    assert (found.own, found.public) == (("tidy",), ("openness",))
    assert found.stages == ("persona", "real", "clean")
    assert found.cleaned == ("clean",)
    assert found.block == 4
    # Every stage counts its tokens from its own beginning.
    assert found.curve["tokens"].to_list() == [50, 90, 150, 190, 250, 290]
    assert found.curve["tokens"].is_monotonic_increasing


def test_stages_that_were_not_run_taught_nothing(tmp_path: Path) -> None:
    found = read_training(folder(tmp_path, stages=("persona",)))
    assert found.public == found.cleaned == ()
    assert found.own == ("tidy",)


def test_a_folder_that_does_not_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"training\.json"):
        read_training(tmp_path)
    assert planted_cosines(tmp_path) is planted_cosines(None) is None


def test_turned_traces_have_the_planted_cosine(tmp_path: Path) -> None:
    table = planted_cosines(folder(tmp_path))
    assert table is not None
    found = table.set_index(["concept", "vector_setting"])
    assert len(found) == 2 * len(SETTINGS)
    assert found.loc[("tidy", "USER_POS"), "planted_cosine"] == pytest.approx(0.6)
    assert np.allclose(found["planted_cosine"].drop(("tidy", "USER_POS")), 1)
    assert set(found["layer"]) == {4}


@pytest.mark.parametrize("name", own_models())
def test_the_embedded_models_can_be_read(name: str) -> None:
    place = model_folder(name)
    assert place is not None
    found = read_training(place)
    assert found.block is not None
    assert found.own
    assert set(found.curve["stage"]) <= set(found.stages)
    assert found.curve["tokens"].iloc[-1] <= found.tokens
