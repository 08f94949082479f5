"""The vector file comes back as it was written, and anything else is refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from steering.errors import Refused
from steering.vectors.files import load_vectors, save_vectors


def test_vectors_come_back_by_setting_and_layer(tmp_path: Path) -> None:
    vectors = {"BASE": torch.arange(6.0).view(3, 2), "SYS_POS": torch.ones(3, 2)}
    path = save_vectors(vectors, tmp_path / "vector.safetensors", {"layer": "1", "seed": 7})
    tensors, about = load_vectors(path)
    assert set(tensors) == {f"{name}/{at}" for name in vectors for at in range(3)}
    assert torch.equal(tensors["BASE/2"], torch.tensor([4.0, 5.0]))
    assert about["hook_point"] == "block output"
    assert about["layer_base"] == "0"
    assert (about["layer"], about["seed"]) == ("1", "7")


def test_a_file_that_is_not_there_or_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not exist: name a safetensors file"):
        load_vectors(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors")
    with pytest.raises(Refused, match="is not a readable safetensors file"):
        load_vectors(tmp_path / "text.safetensors")
