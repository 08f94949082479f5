"""Control vectors: what llama.cpp's loader asks for, and what our reader finds again."""

from __future__ import annotations

from pathlib import Path

import torch
from gguf import GGUFReader

from steering.vectors.exports.control_vector import write
from steering.vectors.exports.exported import Exported
from steering.vectors.given import read_given

VECTOR = torch.tensor([0.5, -2.0, 1.0, 1e-8])


def test_the_file_is_a_control_vector_of_one_layer(tmp_path: Path) -> None:
    about = {"model": "wren", "multiplier": "1.5"}
    exported = Exported(3, VECTOR, "add", "llama", "layers.3", about=about)
    reader = GGUFReader(write(exported, tmp_path / "v.gguf"))
    said = {name: field.contents() for name, field in reader.fields.items()}
    assert said["general.architecture"] == "controlvector"
    assert said["controlvector.model_hint"] == "llama"
    assert said["controlvector.layer_count"] == 1
    assert (said["steering.model"], said["steering.multiplier"]) == ("wren", "1.5")
    (tensor,) = reader.tensors
    assert (tensor.name, tensor.tensor_type.name) == ("direction.3", "F32")
    assert list(tensor.shape) == [4]  # llama.cpp refuses all but one dimension
    found = read_given(tmp_path / "v.gguf").layers
    assert list(found) == [3]
    assert torch.equal(found[3], VECTOR)
