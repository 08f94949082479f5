"""A given vector's format is told by how the file begins; what is none is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from steering.errors import Refused
from steering.vectors.files import load_vectors, save_vectors
from steering.vectors.given import layers_named, read_given, save_given
from tests.vectors.formats.test_gguf_file import written

VECTORS = {1: torch.tensor([1.0, 2.0, 3.0]), 2: torch.tensor([0.5, 0.0, -1.0])}


def in_every_format(folder: Path) -> dict[str, Path]:
    """The same vectors in a file of every format; their names say nothing."""
    names = {f"layers.{at}": one for at, one in VECTORS.items()}
    save_file(names, folder / "one")
    torch.save(VECTORS, folder / "two")
    gguf = {f"direction.{at}": np.array(one.tolist(), np.float32) for at, one in VECTORS.items()}
    written(folder / "three", gguf)
    return dict(
        zip(("safetensors", "PyTorch", "GGUF"), map(folder.joinpath, ("one", "two", "three")),
            strict=True)
    )  # fmt: skip


def test_the_same_vectors_of_every_format_are_the_same(tmp_path: Path) -> None:
    found = {name: read_given(file) for name, file in in_every_format(tmp_path).items()}
    assert {name: one.format for name, one in found.items()} == {name: name for name in found}
    for one in found.values():
        assert {at: vector.tolist() for at, vector in one.layers.items()} == {
            at: vector.tolist() for at, vector in VECTORS.items()
        }
    assert len({one.sha256 for one in found.values()}) == 1


def test_the_hash_is_of_the_layers_and_their_vectors(tmp_path: Path) -> None:
    def hashed(vectors: dict[int, torch.Tensor]) -> str:
        torch.save(vectors, tmp_path / "v.pt")
        return read_given(tmp_path / "v.pt").sha256

    own = hashed(VECTORS)
    assert hashed({2: VECTORS[2], 1: VECTORS[1]}) == own
    others = [{1: VECTORS[1]}, {1: VECTORS[1], 3: VECTORS[2]}, {1: VECTORS[1], 2: 2 * VECTORS[2]}]
    assert own not in {hashed(one) for one in others}


def test_a_layer_that_is_named_is_all_that_is_read(tmp_path: Path) -> None:
    torch.save(VECTORS, tmp_path / "v.pt")
    assert list(read_given(tmp_path / "v.pt", 2).layers) == [2]
    with pytest.raises(Refused, match="holds no vector of layer 5: it holds layers 1 to 2"):
        read_given(tmp_path / "v.pt", 5)


def test_a_vector_alone_needs_its_layer_named(tmp_path: Path) -> None:
    torch.save(VECTORS[1], tmp_path / "v.pt")
    assert list(read_given(tmp_path / "v.pt", 7).layers) == [7]
    with pytest.raises(Refused, match="does not say of which layer: name it by --vector-layer"):
        read_given(tmp_path / "v.pt")


def test_layers_of_zeros_are_left_out(tmp_path: Path) -> None:
    torch.save(torch.stack([torch.zeros(3), VECTORS[1]]), tmp_path / "v.pt")
    found = read_given(tmp_path / "v.pt")
    assert list(found.layers) == [1]
    assert found.rows == 2


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ({1: torch.zeros(3)}, "holds nothing but zeros: there is nothing to add"),
        ({1: torch.tensor([1.0, torch.nan])}, "numbers that are not finite at layer 1"),
        ({1: torch.ones(2), 2: torch.ones(3)}, r"vectors of different widths \(\[2, 3\]\)"),
    ],
)
def test_vectors_that_nothing_can_be_done_with_are_refused(
    vectors: dict[int, torch.Tensor], said: str, tmp_path: Path
) -> None:
    torch.save(vectors, tmp_path / "v.pt")
    with pytest.raises(Refused, match=said):
        read_given(tmp_path / "v.pt")


def test_a_file_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not exist: name a file that holds a vector"):
        read_given(tmp_path / "none.gguf")
    for content in ("", "a text"):
        (tmp_path / "text").write_text(content)
        with pytest.raises(Refused, match="of none of the formats that are read: GGUF, safetens"):
            read_given(tmp_path / "text")
    (tmp_path / "text").write_text("eight by{te")
    with pytest.raises(Refused, match="is not a readable safetensors file"):
        read_given(tmp_path / "text")


def test_it_is_saved_as_a_file_of_ours_with_its_layers_alone(tmp_path: Path) -> None:
    torch.save(VECTORS, tmp_path / "v.pt")
    given = read_given(tmp_path / "v.pt")
    tensors, about = load_vectors(
        save_given(given, tmp_path / "vector.safetensors", {"model": "m"})
    )
    assert set(tensors) == {"BASE/1", "BASE/2"}
    assert about["model"] == "m"
    assert about["sha256_given"] == given.sha256
    again = read_given(tmp_path / "vector.safetensors")
    assert again.sha256 == given.sha256
    assert again.about == {"model": "m"}


def test_a_file_of_a_run_can_be_given(tmp_path: Path) -> None:
    file = save_vectors({"BASE": torch.eye(3)}, tmp_path / "v.safetensors", {"concept": "tidy"})
    assert read_given(file).about == {"concept": "tidy"}
    assert list(read_given(file).layers) == [0, 1, 2]


def test_layers_in_words() -> None:
    assert layers_named({13: torch.ones(1)}) == "layer 13"
    assert layers_named(dict.fromkeys((3, 1, 2), torch.ones(1))) == "layers 1 to 3"
    assert layers_named(dict.fromkeys((1, 4), torch.ones(1))) == "layers 1, 4"
