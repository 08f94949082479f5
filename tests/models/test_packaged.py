"""Packaged models: found by a package's list of files, checked by their hash, never imported."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace

import pytest

from steering.errors import Refused
from steering.models import packaged
from steering.models.packaged import PACKAGED, installed_file, licence, packaged_file

WEIGHTS = b"GGUF and some weights"
MODEL = replace(
    PACKAGED["smollm2"],
    distribution="some-weights",
    version="1.0",
    file="some_weights/weights.gguf",
    sha256=hashlib.sha256(WEIGHTS).hexdigest(),
)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages with one that brings weights; its code must not be run."""
    about, code = tmp_path / "some_weights-1.0.dist-info", tmp_path / "some_weights"
    about.mkdir()
    code.mkdir()
    (code / "__init__.py").write_text("raise SystemExit('this code was run')")
    (code / "weights.gguf").write_bytes(WEIGHTS)
    lines = "Metadata-Version: 2.1\nName: some-weights\nVersion: 1.0\nLicense: Apache-2.0\n"
    (about / "METADATA").write_text(lines)
    (about / "RECORD").write_text("some_weights/__init__.py,,\nsome_weights/weights.gguf,,\n")
    monkeypatch.setitem(packaged.PACKAGED, "small", MODEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_weights_are_found_without_running_the_packages_code(site):
    assert packaged_file("small") == site / "some_weights" / "weights.gguf"
    assert licence("small") == "Apache-2.0"
    assert "some_weights" not in sys.modules
    assert MODEL.revision == hashlib.sha256(WEIGHTS).hexdigest()[:16]


def test_other_weights_are_refused_also_where_they_were_read_before(site):
    file = packaged_file("small")
    file.write_bytes(WEIGHTS + b".")
    with pytest.raises(Refused, match=r"has other weights than the package some-weights==1\.0"):
        packaged_file("small")


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    missing = replace(MODEL, distribution="no-such-weights")
    monkeypatch.setitem(packaged.PACKAGED, "small", missing)
    assert installed_file("small") is None
    assert licence("small") is None
    with pytest.raises(Refused, match=r"no-such-weights==1.0, which is not installed here: `make"):
        packaged_file("small")


def test_a_package_without_the_file_counts_as_not_installed(site):
    (site / "some_weights" / "weights.gguf").unlink()
    assert installed_file("small") is None
