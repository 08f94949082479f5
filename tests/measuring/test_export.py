"""An export: the right vector of a run folder, times λ, under a name that says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from steering.errors import Refused
from steering.measuring.export import export
from steering.vectors.files import load_vectors, save_vectors
from steering.vectors.given import read_given


@pytest.fixture
def run(clone: Path) -> Path:
    return clone / "measured" / "runs" / "linnet" / "openness"


def test_it_is_the_vector_of_the_chosen_layer_times_the_multiplier(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = json.loads((run / "card.json").read_text())["layer"]
    path, exported = export(run, "gguf", multiplier=-1.5)
    assert path == Path(f"linnet-openness-layer-{chosen}.gguf")
    kept, _ = load_vectors(run / "vector.safetensors")
    found = read_given(path).layers
    assert list(found) == [chosen]
    assert torch.equal(found[chosen], -1.5 * kept[f"BASE/{chosen}"])
    assert (exported.family, exported.block) == ("gpt2", f"h.{chosen}")


def test_another_layer_and_setting_may_be_named(run: Path, tmp_path: Path) -> None:
    path, _ = export(run, "safetensors", tmp_path / "v.safetensors", layer=2, setting="SYS_POS")
    tensors, about = load_vectors(path)
    kept, _ = load_vectors(run / "vector.safetensors")
    assert torch.equal(tensors["2"], kept["SYS_POS/2"])
    wanted = {"concept": "openness", "layer": "2", "setting": "SYS_POS", "multiplier": "1"}
    assert wanted.items() <= about.items()


def test_the_operator_of_the_run_and_its_origin_go_along(run: Path, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes((run / "card.json").read_bytes())
    vectors = {"BASE": torch.ones(8, 128), "ORIGIN": torch.full((8, 128), 2.0)}
    save_vectors(vectors, tmp_path / "vector.safetensors", {"operation": "clamp"})
    path, exported = export(tmp_path, "safetensors", tmp_path / "out.safetensors")
    tensors, about = load_vectors(path)
    assert about["operation"] == exported.operator == "clamp"
    assert torch.equal(tensors["origin"], torch.full((128,), 2.0))
    with pytest.raises(Refused, match="measured with the operator 'clamp', and gguf can only"):
        export(tmp_path, "gguf", tmp_path / "out.gguf")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"layer": 8}, r"has no vector 'BASE/8': it has BASE/0, "),
        ({"setting": "SYS"}, "has no vector 'SYS/"),
        ({"multiplier": 0.0}, "--multiplier 0 leaves nothing"),
        ({"out": "v.bin"}, r"gguf reads files whose names end in \.gguf, and not 'v\.bin'"),
        ({"tool": "vllm"}, "no tool 'vllm'"),
        ({"run": "nowhere"}, "'nowhere' has no card.json"),
    ],
)
def test_what_cannot_be_exported_is_refused(run, asked, sentence, tmp_path) -> None:
    asked = {"run": run, "tool": "gguf", "out": tmp_path / "v.gguf"} | asked
    with pytest.raises(Refused, match=sentence):
        export(**asked)
    assert not list(tmp_path.iterdir())
