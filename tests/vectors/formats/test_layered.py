"""Of which layer a tensor is, by its place or its name; all else is refused in a sentence."""

from __future__ import annotations

import pytest
import torch

from steering.errors import Refused
from steering.vectors.formats.layered import of_names, of_tensor

ROWS = torch.arange(1.0, 7.0).view(3, 2)


def test_a_matrix_has_a_vector_of_each_layer_in_its_rows() -> None:
    found = of_tensor(ROWS, "file")
    assert {at: one.tolist() for at, one in found.layers.items()} == {
        0: [1.0, 2.0],
        1: [3.0, 4.0],
        2: [5.0, 6.0],
    }
    assert found.rows == 3
    assert found.unplaced is None


@pytest.mark.parametrize("shape", [(6,), (1, 6), (1, 1, 6), (6, 1)])
def test_a_vector_has_no_layer_whatever_its_shape(shape: tuple[int, ...]) -> None:
    found = of_tensor(ROWS.reshape(shape), "file")
    assert found.unplaced is not None
    assert found.unplaced.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert found.layers == {}


@pytest.mark.parametrize("name", ["12", "layers.12", "direction.12", "blocks.12.hook_resid_post"])
def test_the_one_number_of_a_name_is_its_layer(name: str) -> None:
    found = of_names({name: ROWS[0], "3": ROWS[1]}, "file", {"model": "m"})
    assert list(found.layers) == [3, 12]
    assert found.layers[12].tolist() == [1.0, 2.0]
    assert found.about == {"model": "m"}


def test_numbers_of_half_precision_become_those_of_single() -> None:
    found = of_names({"1": torch.tensor([0.5, -2.0], dtype=torch.bfloat16)}, "file")
    assert found.layers[1].dtype == torch.float32
    assert found.layers[1].tolist() == [0.5, -2.0]


def test_a_single_tensor_without_a_number_is_a_vector_or_a_matrix() -> None:
    assert of_names({"vector": ROWS[0]}, "file").unplaced is not None
    assert of_names({"vectors": ROWS}, "file").rows == 3


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({}, "file holds no vector: allowed are"),
        ({"a": ROWS[0], "b": ROWS[1]}, "a tensor 'a', which does not say of what layer alone"),
        ({"x.1.y.2": ROWS[0]}, "a tensor 'x.1.y.2', which does not say"),
        ({"a.1": ROWS[0], "b.1": ROWS[1]}, "a tensor 'b.1', which does not say"),
        ({"1": ROWS}, r"a tensor of shape \(3, 2\): allowed are"),
        ({"x": torch.ones(2, 2, 2)}, r"a tensor of shape \(2, 2, 2\): allowed are"),
        ({"1": torch.zeros(0)}, r"a tensor of shape \(0,\): allowed are"),
        ({"1": torch.tensor([1, 2])}, "numbers of type int64: a vector has floating-point"),
    ],
    ids=str,
)
def test_what_is_no_vector_of_a_layer_is_refused(
    tensors: dict[str, torch.Tensor], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        of_names(tensors, "file")
