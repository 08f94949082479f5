"""Safetensors: of our own file the vectors of BASE, of any other those that its names say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from steering.errors import Refused
from steering.vectors.files import save_vectors
from steering.vectors.formats.tensor_file import read


def test_of_a_file_of_ours_those_of_base_are_read_with_what_it_says(tmp_path: Path) -> None:
    vectors = {"BASE": torch.arange(6.0).view(3, 2), "SYS_POS": torch.ones(3, 2)}
    file = save_vectors(vectors, tmp_path / "vector.safetensors", {"model": "m", "layer": "1"})
    found = read(file, "file")
    assert {at: one.tolist() for at, one in found.layers.items()} == {
        0: [0.0, 1.0],
        1: [2.0, 3.0],
        2: [4.0, 5.0],
    }
    assert found.about["model"] == "m"


def test_of_another_file_the_names_say_the_layers(tmp_path: Path) -> None:
    save_file({"layers.2": torch.ones(4)}, tmp_path / "other.safetensors")
    assert list(read(tmp_path / "other.safetensors", "file").layers) == [2]


def test_a_file_of_ours_without_base_holds_no_vector(tmp_path: Path) -> None:
    save_file({"SYS_POS/1": torch.ones(4)}, tmp_path / "v.safetensors")
    with pytest.raises(Refused, match="file, for prompt setting BASE, holds no vector"):
        read(tmp_path / "v.safetensors", "file")
