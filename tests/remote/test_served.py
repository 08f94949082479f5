"""Served models: configuration and tokenizer are here, the weights are with the service."""

from __future__ import annotations

import json

import huggingface_hub
import pytest
import torch

from steering.errors import Interrupted, Refused
from steering.models.loading import load_model
from steering.remote.served import served
from steering.remote.terms import Terms
from tests.support import serving
from tests.support.serving import COMMIT, NAME, ask


@pytest.fixture
def known(folder, tmp_path, monkeypatch):
    """The model's id is known here from a cache that has all of it but its weights."""
    serving.known_without_weights(tmp_path / "home", folder, NAME)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "home" / "hub"))
    return tmp_path / "home" / "hub"


def test_a_served_model_has_its_shape_here_and_no_weights(named, known, tmp_path):
    model = served(NAME, Terms(host=named.url), tmp_path / "kept")
    assert (model.name, model.revision, model.folder) == (NAME, COMMIT, None)
    assert (model.depth, model.width) == (3, 32)
    assert model.place == f"NDIF, {named.url}"
    assert {one.device.type for one in model.module.parameters()} == {"meta"}
    assert model.tokenizer.decode([0]) == "<|pad|>"


def test_its_passes_are_those_of_the_model_itself_and_their_results_are_kept(
    named, known, folder, tmp_path
):
    model = served(NAME, Terms(host=named.url), tmp_path / "kept")
    found = ask(model)
    torch.testing.assert_close(found, ask(load_model(str(folder))), atol=1e-5, rtol=0)
    before = len(named.requests())
    again = served(NAME, Terms(host=named.url), tmp_path / "kept")
    torch.testing.assert_close(ask(again), found, atol=0, rtol=0)
    assert len(named.requests()) == before
    assert model.dtype == torch.float32


def test_a_model_that_is_not_known_here_is_refused(named, known):
    with pytest.raises(Refused, match=r"model 'nobody/nothing' could not be loaded"):
        served("nobody/nothing", Terms(host=named.url))


def test_a_service_that_is_not_there_is_said_before_anything_is_asked(known):
    with pytest.raises(Interrupted, match="does not answer"):
        served(NAME, Terms(host="http://127.0.0.1:9", silence=0.3))


def test_a_tokenizer_with_more_words_than_the_model_is_refused(named, known):
    snapshot = next(known.glob("models--owner--tiny/snapshots/*"))
    config = json.loads((snapshot / "config.json").read_text())
    (snapshot / "config.json").write_text(json.dumps(config | {"vocab_size": 300}))
    with pytest.raises(Refused, match=r"has embeddings for 300 tokens, but its tokenizer has"):
        served(NAME, Terms(host=named.url))
