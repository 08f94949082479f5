"""Safetensors files: a vector under the number of its layer, and the operator in words."""

from __future__ import annotations

from pathlib import Path

import torch

from steering.vectors.exports.exported import Exported
from steering.vectors.exports.tensors import write, write_for_steering_vectors
from steering.vectors.files import load_vectors
from steering.vectors.given import read_given

VECTOR, ORIGIN = torch.tensor([0.5, -2.0, 1.0]), torch.tensor([1.0, 2.0, 3.0])


def test_the_vector_is_found_again(tmp_path: Path) -> None:
    exported = Exported(0, VECTOR, "add", "llama", "layers.0", about={"model": "wren"})
    write(exported, tmp_path / "v.safetensors")
    found = read_given(tmp_path / "v.safetensors")
    assert found.about == {"model": "wren"}
    assert list(found.layers) == [0]
    assert torch.equal(found.layers[0], VECTOR)


def test_an_operator_has_its_name_and_what_it_needs(tmp_path: Path) -> None:
    exported = Exported(2, VECTOR, "clamp", "llama", "layers.2", origin=ORIGIN)
    tensors, about = load_vectors(write(exported, tmp_path / "v.safetensors"))
    assert about["operation"] == "clamp"
    assert torch.equal(tensors["origin"], ORIGIN)
    assert torch.equal(tensors["2"], VECTOR)


def test_steering_vectors_is_told_its_own_names(tmp_path: Path) -> None:
    for ours, theirs in {"add": "addition", "ablate_add": "ablation_then_addition"}.items():
        exported = Exported(2, VECTOR, ours, "llama", "layers.2")
        file = write_for_steering_vectors(exported, tmp_path / "v.safetensors")
        tensors, about = load_vectors(file)
        assert (about["layer_type"], about["operator"]) == ("decoder_block", theirs)
        assert list(tensors) == ["2"]
