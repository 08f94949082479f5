"""What `remote="local"` lets pass and a service does not: the double has to catch it."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from cloudpickle.cloudpickle import _PICKLE_BY_VALUE_MODULES
from nnsight import TransformersModel
from nnsight.modeling import huggingface

from steering.errors import Refused
from steering.models.model import BLOCKS, Model, hidden_of
from steering.remote.request import Remote
from steering.remote.service import Service
from steering.remote.terms import Terms
from tests.support import tiny

IDS = [[5, 6, 7, 8]]


@pytest.fixture(scope="module")
def sides(folder, half) -> SimpleNamespace:
    """One model twice: on a service in bfloat16, and here in float32, for "local"."""
    huggingface._ID_CACHE[str(folder)] = str(folder)
    asked = {"task": "text-generation", "rename": BLOCKS}
    remote = Remote(Service(Terms(host=half.url, attempts=1)))
    there = Model("served", TransformersModel(str(folder), **asked), tiny.tokenizer(), "r",
                  remote=remote)  # fmt: skip
    return SimpleNamespace(there=there, here=TransformersModel(str(folder), dispatch=True, **asked))


def session(sides: SimpleNamespace, where: str, name: str) -> tuple[TransformersModel, object]:
    if where == "local":
        return sides.here, sides.here.session(remote="local")
    backend = sides.there.block(name)
    return sides.there.traced, sides.there.traced.session(backend=backend)


def read_with_ours(sides: SimpleNamespace, where: str) -> torch.Tensor:
    traced, there = session(sides, where, "ours")
    with there:
        with traced.trace(IDS, use_cache=False):
            found = hidden_of(traced.layers[1].output).float().cpu().clone()
        result: torch.Tensor = found.save()
    return result


def test_our_code_travels_only_if_it_is_registered(sides, monkeypatch):
    assert read_with_ours(sides, "there").shape == (1, 4, 32)
    monkeypatch.setattr(
        "cloudpickle.cloudpickle._PICKLE_BY_VALUE_MODULES", _PICKLE_BY_VALUE_MODULES - {"steering"}
    )
    with pytest.raises(Refused, match=r"does not understand this client .*steering"):
        read_with_ours(sides, "there")


def read_by_pandas(sides: SimpleNamespace, where: str) -> torch.Tensor:
    traced, there = session(sides, where, "pandas")
    with there:
        with traced.trace(IDS, use_cache=False):
            found = hidden_of(traced.layers[1].output).float().cpu().clone()
        result: torch.Tensor = torch.tensor(pd.DataFrame(found[0].tolist()).to_numpy()).save()
    return result


def test_a_package_that_the_server_lacks(sides):
    assert read_by_pandas(sides, "local").shape == (4, 32)
    with pytest.raises(Refused, match=r"(does not understand|failed in running) .*pandas"):
        read_by_pandas(sides, "there")


def read_into_a_list(sides: SimpleNamespace, where: str) -> list[torch.Tensor]:
    kept: list[torch.Tensor] = []
    traced, there = session(sides, where, "list")
    with there:
        with traced.trace(IDS, use_cache=False):
            found = hidden_of(traced.layers[1].output).float().cpu().clone()
        kept.append(found)
        result = found.save()
    assert result.shape == (1, 4, 32)
    return kept


def test_a_list_from_outside_comes_back_empty(sides):
    assert len(read_into_a_list(sides, "local")) == 1
    assert read_into_a_list(sides, "there") == []


def read_in_float32(sides: SimpleNamespace, where: str) -> torch.Tensor:
    traced, there = session(sides, where, "float32")
    with there:
        with traced.trace(IDS, use_cache=False):
            weight = traced.lm_head.weight
            vector = torch.ones(32) @ weight.T.to(weight.dtype)
        result: torch.Tensor = vector.save()
    return result


def test_a_slip_of_precision(sides):
    assert read_in_float32(sides, "local").shape == (512,)
    with pytest.raises(Refused, match=r"failed in running model 'served' \(RuntimeError: .*dtype"):
        read_in_float32(sides, "there")
