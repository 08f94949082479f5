"""A tiny model in a folder, and one complete measurement of it that no test changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.measuring.measure import measure
from steering.records.results import Results
from tests.support import tiny
from tests.support.small import SMALL, Counted, counting


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.save(tmp_path_factory.mktemp("models") / "tiny-llama"))


@pytest.fixture(scope="session")
def done(model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    folder = tmp_path_factory.mktemp("runs") / "thrift"
    return folder, measure(model, tiny.concept(), SMALL, folder)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """What is asked of models in this test."""
    return counting(monkeypatch)
