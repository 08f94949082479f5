"""The bench of every test: a good model in a folder, which is copied before it is spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import tiny
from tests.support.bench import Bench


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("good") / "tiny")


@pytest.fixture
def at(source, tmp_path, monkeypatch) -> Bench:
    monkeypatch.delenv("STEERING_DATA", raising=False)
    return Bench(tmp_path, source)
