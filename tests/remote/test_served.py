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
from tests.support import multimodal, serving, tiny
from tests.support.serving import COMMIT, NAME, ask

FP8, UNKNOWN = {"quant_method": "fp8"}, {"quant_method": "halves"}


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


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Makes a model's id known here, from a cache that has all of its folder but the weights."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "home" / "hub"))

    def known(folder, name):
        serving.known_without_weights(tmp_path / "home", folder, name)
        return name

    return known


def test_a_revision_is_asked_for_by_its_name(named, known):
    assert served(f"mine={NAME}@{COMMIT}", Terms(host=named.url)).revision == COMMIT
    with pytest.raises(Refused, match="could not be loaded"):
        served(f"{NAME}@another", Terms(host=named.url))


def sharded(folder):
    tiny.model("Llama").save_pretrained(folder, max_shard_size="100KB")
    tiny.tokenizer().save_pretrained(folder)
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


@pytest.mark.parametrize(
    ("save", "held"),
    [
        (sharded, {}),
        # Of a family that has a text model of its own, a service loads that.
        (lambda folder: multimodal.save(folder, "Llama4"), {}),
        (lambda folder: tiny.configure(tiny.save(folder), quantization_config=FP8),
         {"quantisation": "fp8, as the service holds it"}),
    ],
    ids=["sharded", "multimodal", "fp8"],
)  # fmt: skip
def test_kinds_of_checkpoints_that_a_service_loads(save, held, here, tmp_path):
    folder = save(tmp_path / "kind")
    name = here(folder, "owner/kind")
    with serving.double(folder, "--as", name) as double:
        model = served(name, Terms(host=double.url))
        assert model.weights == held
        wanted = ask(load_model(str(folder)))
        torch.testing.assert_close(ask(model), wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("save", "said"),
    [
        (lambda folder: multimodal.save(folder, "Llava"),
         r"\(LlavaForConditionalGeneration\) is multimodal, and a service loads .*, without "),
        (tiny.save_adapter, "is or holds an adapter, and a service runs models without any: name"),
        (lambda folder: tiny.configure(tiny.save(folder), quantization_config=UNKNOWN),
         "is quantised with 'halves', which transformers does not know on a service either: name"),
        (lambda folder: folder,
         r"could not be loaded \(.*\): a folder as transformers saves it, or a Hugging Face id"),
    ],
    ids=["multimodal", "adapter", "unknown quantisation", "gguf files alone"],
)  # fmt: skip
def test_kinds_that_it_would_load_otherwise_are_refused(save, said, here, named, tmp_path):
    folder = tmp_path / "kind"
    folder.mkdir()
    name = here(save(folder), "owner/kind")
    with pytest.raises(Refused, match=said):
        served(name, Terms(host=named.url))
