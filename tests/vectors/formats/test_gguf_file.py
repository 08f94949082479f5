"""GGUF: control vectors as llama.cpp and repeng write them, layer N as it stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from steering.errors import Refused
from steering.vectors.formats.gguf_file import read


def written(
    path: Path, tensors: dict[str, np.ndarray], architecture: str = "controlvector"
) -> Path:
    """A file as repeng's `ControlVector.export_gguf` writes it."""
    writer = GGUFWriter(path, architecture)
    writer.add_string(f"{architecture}.model_hint", "llama")
    writer.add_uint32(f"{architecture}.layer_count", len(tensors))
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_direction_n_is_the_vector_of_block_n_counted_from_zero(
    tmp_path: Path, kind: type[np.floating]
) -> None:
    vectors = {f"direction.{at}": np.array([at, 0.5, -2.0, 1.0], kind) for at in (1, 2, 10)}
    found = read(written(tmp_path / "v.gguf", vectors), "file")
    assert {at: one.tolist() for at, one in found.layers.items()} == {
        1: [1.0, 0.5, -2.0, 1.0],
        2: [2.0, 0.5, -2.0, 1.0],
        10: [10.0, 0.5, -2.0, 1.0],
    }
    assert found.about == {"model_hint": "llama"}


def test_a_file_of_another_architecture_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "m.gguf", {"token_embd.weight": np.ones(4, np.float32)}, "llama")
    with pytest.raises(Refused, match="a GGUF file of architecture 'llama': a vector is one of"):
        read(file, "file")


def test_a_control_vector_without_directions_holds_no_vector(tmp_path: Path) -> None:
    file = written(tmp_path / "v.gguf", {"other": np.ones(4, np.float32)})
    with pytest.raises(Refused, match="file holds no vector"):
        read(file, "file")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "v.gguf", {"direction.1": np.ones(64, np.float32)})
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(Refused, match="file is not a readable GGUF file") as refused:
        read(file, "file")
    assert "\n" not in str(refused.value)
