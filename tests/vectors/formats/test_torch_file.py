"""torch.save: tensors in plain containers, two packages' classes as holders, and no code at all."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from steering.errors import Refused
from steering.vectors.formats.torch_file import read


@dataclass
class SteeringVector:
    """As steering-vectors has it."""

    layer_activations: dict[int, torch.Tensor]
    layer_type: str = "decoder_block"


@dataclass
class ControlVector:
    """As repeng has it."""

    model_type: str
    directions: dict[int, np.ndarray] = field(default_factory=dict)


HOMES = {SteeringVector: "steering_vectors.steering_vector", ControlVector: "repeng.extract"}


@pytest.fixture(autouse=True)
def homes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the two classes be pickled under the names that they have in their packages."""
    for kind, home in HOMES.items():
        module = ModuleType(home)
        setattr(module, kind.__name__, kind)
        monkeypatch.setattr(kind, "__module__", home)
        monkeypatch.setitem(sys.modules, home.partition(".")[0], ModuleType("package"))
        monkeypatch.setitem(sys.modules, home, module)


def saved(held: Any, folder: Path, **options: Any) -> Path:
    torch.save(held, folder / "v.pt", **options)
    return folder / "v.pt"


def numbers(file: Path) -> dict[int, list[float]]:
    return {at: one.tolist() for at, one in read(file, "file").layers.items()}


VECTORS = {1: torch.tensor([1.0, 2.0]), 2: torch.tensor([3.0, 4.0])}
SAME = {1: [1.0, 2.0], 2: [3.0, 4.0]}
ARRAYS = {at: one.numpy() for at, one in VECTORS.items()}


@pytest.mark.parametrize(
    "held",
    [
        VECTORS,
        {f"layers.{at}": one for at, one in VECTORS.items()},
        {"layer_activations": VECTORS, "layer_type": "decoder_block"},
        {"directions": VECTORS, "model_type": "llama"},
        ARRAYS,
        SteeringVector(VECTORS),
        ControlVector("llama", ARRAYS),
        ControlVector("llama", {at: one.astype(np.float16) for at, one in ARRAYS.items()}),
        ControlVector("llama", {at: one.astype(np.float64) for at, one in ARRAYS.items()}),
    ],
    ids=lambda held: type(held).__name__,
)
def test_a_vector_for_each_layer_comes_back(held: Any, tmp_path: Path) -> None:
    assert numbers(saved(held, tmp_path)) == SAME


def test_a_file_of_older_pytorch_comes_back(tmp_path: Path) -> None:
    assert numbers(saved(VECTORS, tmp_path, _use_new_zipfile_serialization=False)) == SAME


def test_a_single_tensor_is_a_matrix_or_a_vector(tmp_path: Path) -> None:
    assert read(saved(torch.ones(3, 2), tmp_path), "file").rows == 3
    assert read(saved(torch.ones(2), tmp_path), "file").unplaced is not None


def test_what_another_package_says_of_its_model_is_kept(tmp_path: Path) -> None:
    found = read(saved(ControlVector("llama", ARRAYS), tmp_path), "file")
    assert found.about == {"model_hint": "llama"}


class Evil:
    """What runs when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("held", [lambda evil: {1: evil}, lambda evil: evil])
def test_what_would_run_code_is_refused_in_one_sentence_and_does_not_run(
    held: Any, tmp_path: Path
) -> None:
    file = saved(held(Evil(tmp_path / "ran")), tmp_path)
    with pytest.raises(Refused, match=r"file would run code when it is read \(\w+\.mkdir\)") as one:
        read(file, "file")
    assert not (tmp_path / "ran").exists()
    assert "\n" not in str(one.value)
    # The file is indeed what it is taken for.
    torch.load(file, weights_only=False)
    assert (tmp_path / "ran").exists()


def test_a_holder_has_no_code_that_the_file_could_run(tmp_path: Path) -> None:
    evil = ControlVector("llama", ARRAYS)
    evil.directions = {1: Evil(tmp_path / "ran")}  # type: ignore[dict-item]
    with pytest.raises(Refused, match="would run code"):
        read(saved(evil, tmp_path), "file")
    assert not (tmp_path / "ran").exists()


def test_a_pickle_of_other_origin_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "v.pkl").write_bytes(pickle.dumps(ARRAYS))
    with pytest.raises(Refused, match="a pickle of other origin is not read"):
        read(tmp_path / "v.pkl", "file")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({1: "text"}, "holds a str where a vector should be"),
        ([torch.ones(2)], "holds a list where a vector should be"),
        (SteeringVector(VECTORS, "self_attn"), "vectors of layer type 'self_attn'"),
        ({}, "file holds no vector"),
    ],
    ids=str,
)
def test_what_is_no_vector_is_refused(held: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=said):
        read(saved(held, tmp_path), "file")
