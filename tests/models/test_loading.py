"""Loading: by folder or id, wrapped under one name for its blocks, or refused."""

from __future__ import annotations

import huggingface_hub
import pytest
import torch
from torch import nn

from steering.errors import Refused
from steering.models import pretrained
from steering.models.catalogue import fingerprint
from steering.models.loading import load_model, require_known_parts, wrap
from tests.support import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("models") / "tiny")


def test_a_folder_is_loaded_with_its_name_and_the_hash_of_its_files(folder):
    model = load_model(str(folder))
    assert (model.name, model.folder, model.revision) == ("tiny", folder, fingerprint(folder))
    ids = torch.arange(9)[None]
    torch.testing.assert_close(model.module(ids).logits, tiny.model("Llama")(ids).logits)
    assert not model.module.training
    assert not any(one.requires_grad for one in model.module.parameters())


def test_the_tokenizer_stays_as_it_is(folder):
    """nnsight pads on the left and says so to the tokenizer that it is given."""
    model = load_model(str(folder))
    assert model.tokenizer.padding_side == tiny.tokenizer().padding_side == "right"
    assert model.traced.tokenizer is not model.tokenizer


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_weights_have_the_precision_asked_for(dtype, folder):
    model = load_model(str(folder), dtype=dtype)
    assert model.dtype == getattr(torch, dtype)
    assert {one.dtype for one in model.module.parameters()} == {getattr(torch, dtype)}


def test_blocks_under_a_name_that_is_not_known_are_refused():
    module = tiny.model("Llama")
    module.model.stacked = module.model.layers
    del module.model.layers
    with pytest.raises(Refused, match=r"'odd' \(LlamaForCausalLM\) has no decoder blocks under a"):
        wrap(module, tiny.tokenizer(), name="odd")


def test_a_model_without_a_head_is_refused():
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="odd")
    model.module.get_output_embeddings = lambda: None
    with pytest.raises(Refused, match=r"'odd' \(LlamaForCausalLM\) has no output head"):
        require_known_parts("odd", model.traced)
    assert isinstance(model.module, nn.Module)


@pytest.fixture
def loaded(monkeypatch) -> list[dict[str, object]]:
    """What transformers is asked for when a model is loaded."""
    asked: list[dict[str, object]] = []
    whole = pretrained.AutoModelForCausalLM.from_pretrained

    def noted(*args, **options):
        asked.append(options)
        return whole(*args, **options)

    monkeypatch.setattr(pretrained.AutoModelForCausalLM, "from_pretrained", noted)
    return asked


def test_code_of_others_is_run_only_where_asked_for(tmp_path, loaded):
    folder = str(tiny.save(tmp_path / "model"))
    load_model(folder)
    load_model(folder, trust_remote_code=True)
    assert [options["trust_remote_code"] for options in loaded] == [False, True]
    assert all(options["use_safetensors"] for options in loaded)


def test_auto_lets_accelerate_place_the_model_and_nobody_moves_it(tmp_path, loaded, monkeypatch):
    folder = str(tiny.save(tmp_path / "model"))
    plain = load_model(folder, device="cpu")
    moved = []
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, *place: moved.append(place) or self)
    spread = load_model(folder, device="auto")
    assert [options["device_map"] for options in loaded] == [None, "auto"]
    assert moved == []
    ids = torch.arange(9)[None]
    torch.testing.assert_close(spread.module(ids).logits, plain.module(ids).logits)


def test_auto_without_accelerate_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"device 'auto' needs the package accelerate: `pip install"):
        load_model(str(tiny.save(tmp_path / "model")), device="auto")


def test_the_commit_of_an_id_is_recorded(tmp_path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    kept = tmp_path / "models--someone--tiny"
    tiny.save(kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("someone/tiny", f"someone/tiny@{commit}"):
        model = load_model(name)
        assert (model.name, model.revision, model.folder) == (name, commit, None)
    with pytest.raises(Refused, match=r"model 'someone/tiny@v9' could not be loaded"):
        load_model("someone/tiny@v9")
