"""A service that is a process of its own, and models that are asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from nnsight import TransformersModel
from nnsight.modeling import huggingface

from steering.models.model import BLOCKS, Holding, Model
from steering.remote.ledger import Ledger
from steering.remote.request import Remote
from steering.remote.service import Service
from steering.remote.terms import Terms
from tests.support import serving, tiny

QUICK = Terms(silence=30.0, unknown=0.3, time_limit=60.0, at_once=0.0)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("served") / "Llama")


@pytest.fixture(scope="session")
def running(folder: Path) -> Iterator[serving.Double]:
    with serving.double(folder, "--key", serving.KEY) as double:
        yield double


@pytest.fixture(scope="session")
def half(folder: Path) -> Iterator[serving.Double]:
    """The same model in bfloat16; no key is asked for."""
    with serving.double(folder, "--dtype", "bfloat16") as double:
        yield double


@pytest.fixture(scope="session")
def named(folder: Path) -> Iterator[serving.Double]:
    """The same model by a name, as NDIF serves it; no key is asked for."""
    with serving.double(folder, "--as", serving.NAME) as double:
        yield double


@pytest.fixture
def double(running: serving.Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[serving.Double]:
    monkeypatch.setenv("NDIF_API_KEY", serving.KEY)
    running.faults()
    yield running
    running.faults()


@pytest.fixture(scope="session")
def traced(folder: Path) -> TransformersModel:
    huggingface._ID_CACHE[str(folder)] = str(folder)
    return TransformersModel(str(folder), task="text-generation", rename=BLOCKS)


@pytest.fixture
def asking(
    double: serving.Double, traced: TransformersModel, tmp_path: Path
) -> Callable[..., Model]:
    """A model on the double, on terms of a test's own; all of a test's keep one ledger."""

    def model(**terms: object) -> Model:
        service = Service(replace(QUICK, **{"host": double.url, **terms}))
        made = Model(
            "served", traced, tiny.tokenizer(), "r", remote=Remote(service, Ledger(tmp_path))
        )
        # Else a request of its own would ask for that first.
        made.__dict__["holding"] = Holding(torch.float32)
        return made

    return model
