"""Loading: by folder or id, wrapped under one name for its blocks, or refused."""

from __future__ import annotations

import huggingface_hub
import pytest
import torch
import transformers
from torch import nn

from steering.errors import Refused
from steering.measuring.check import check_loaded
from steering.models import pretrained
from steering.models.catalogue import fingerprint
from steering.models.loading import load_model, require_known_parts, wrap
from tests.support import multimodal, oracle, tiny


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


def test_a_model_is_called_as_the_reader_says(folder):
    model = load_model(f"mine={folder}")
    assert (model.name, model.folder, model.revision) == ("mine", folder, fingerprint(folder))


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


@pytest.mark.parametrize("family", ["Llama", "GPT-2"])
def test_one_block_is_enough_and_none_is_not(family, tmp_path):
    blocks = "n_layer" if family == "GPT-2" else "num_hidden_layers"
    model = load_model(str(tiny.save(tmp_path / "one", family, **{blocks: 1})))
    assert model.depth == 1
    with pytest.raises(Refused, match=r"'none' \(.*\) has 0 decoder blocks: at least one is need"):
        load_model(str(tiny.save(tmp_path / "none", family, **{blocks: 0})))


SMALL = {
    "vocab_size": 512, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0,
}  # fmt: skip
# Families whose blocks give on no tensor of [batch, token, width], and what is said of them.
OTHER_STREAMS = {
    "Gemma 3n": (
        lambda: transformers.Gemma3nTextConfig(
            **SMALL, vocab_size_per_layer_input=512, hidden_size_per_layer_input=8, laurel_rank=8,
            num_kv_shared_layers=0, activation_sparsity_pattern=[0.0] * 2, sliding_window=16,
            layer_types=["sliding_attention", "full_attention"],
        ),
        r"\(Gemma3nForCausalLM\) has another residual .* on a tensor of \[4, 1, 3, 32\] for 3 tok",
    ),
    "GPT-1": (
        lambda: transformers.OpenAIGPTConfig(
            vocab_size=512, n_embd=32, n_layer=2, n_head=4, n_positions=64
        ),
        r"\(OpenAIGPTLMHeadModel\) has another residual .*: its block 0 gives on a list for 3 tok",
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", OTHER_STREAMS)
def test_another_residual_stream_is_refused_by_its_family(family):
    config, sentence = OTHER_STREAMS[family]
    module = transformers.AutoModelForCausalLM.from_config(config())
    with pytest.raises(Refused, match="'odd' " + sentence) as refused:
        wrap(module, tiny.tokenizer(), name="odd")
    assert "\n" not in str(refused.value)


def test_blocks_that_a_text_skips_or_fails_in_are_refused(monkeypatch):
    module = tiny.model("Llama")
    monkeypatch.setattr(module.model.layers[1], "forward", lambda hidden, **_: hidden[:, :, :16])
    with pytest.raises(
        Refused, match=r"'odd' \(LlamaForCausalLM\) fails on a text alone \(.*\): a"
    ):
        wrap(module, tiny.tokenizer(), name="odd")
    module = tiny.model("Llama")
    whole = type(module.model).forward

    def skipping(self, *args, **options):
        kept, self.layers = self.layers, self.layers[:2]
        try:
            return whole(self, *args, **options)
        finally:
            self.layers = kept

    monkeypatch.setattr(type(module.model), "forward", skipping)
    with pytest.raises(Refused, match=r"'odd' .* leaves out block 2 where a text stands alone: a"):
        wrap(module, tiny.tokenizer(), name="odd")


def test_a_model_too_large_for_a_pass_is_refused(monkeypatch):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")

    module = tiny.model("Llama")
    monkeypatch.setattr(module.model.layers[0], "forward", full)
    with pytest.raises(
        Refused, match=r"leaves no room for a forward pass in the memory of cpu: na"
    ):
        wrap(module, tiny.tokenizer(), name="odd")


def test_nothing_of_the_trial_pass_stays(folder):
    model = load_model(str(folder))
    assert not any(one._forward_hooks for one in tiny.model("Llama").model.layers)
    assert not any(one._forward_hooks for one in model.module.model.layers)


@pytest.mark.parametrize("family", multimodal.STEERED)
def test_the_text_decoder_of_a_multimodal_model_agrees_with_plain_hooks(family, tmp_path, caplog):
    caplog.set_level("ERROR", "transformers")
    model = load_model(str(multimodal.save(tmp_path / family, family)))
    plain, ids = multimodal.model(family), torch.arange(9)[None]
    torch.testing.assert_close(model.module(ids).logits, plain(input_ids=ids).logits)
    assert (model.depth, model.width, model.context) == (3, 32, 512)
    assert model.windows == ((16, None, 16) if family == "Gemma3" else (None,) * 3)
    proof = check_loaded(model, tiny.concept())
    assert proof.route.startswith("packed")
    assert max(proof.differences.values()) < 1e-4
    text, delta = proof.prompt.text, torch.linspace(-1, 1, 32)
    given = {"layer": 1, "steer": oracle.adding(delta)}
    one, other = (
        oracle.propensity(module, model.tokenizer, text, "A", **given)
        for module in (model.module, plain)
    )
    assert one == pytest.approx(other, abs=1e-5)
    assert not caplog.records


def test_weights_in_several_files_are_loaded_as_one_model(tmp_path):
    folder = tiny.save(tmp_path / "shards")
    (folder / "model.safetensors").unlink()
    tiny.model("Llama").save_pretrained(folder, max_shard_size="60KB")
    ids = torch.arange(9)[None]
    found = load_model(str(folder)).module(ids).logits
    torch.testing.assert_close(found, tiny.model("Llama")(ids).logits)
    max(folder.glob("*.safetensors")).unlink()
    with pytest.raises(Refused, match="could not be loaded"):
        load_model(str(folder))


def test_outputs_without_names_are_named(tmp_path):
    folder = tiny.configure(tiny.save(tmp_path / "tuples"), return_dict=False)
    ids = torch.arange(9)[None]
    module = load_model(str(folder)).module
    torch.testing.assert_close(module(ids).logits, tiny.model("Llama")(ids).logits)


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
    tiny.save_adapter(kept / "snapshots" / commit)
    with pytest.raises(Refused, match=r"'someone/tiny' is or holds an adapter for 'owner/base'"):
        load_model("someone/tiny")
    (kept / "snapshots" / commit / "config.json").unlink()
    with pytest.raises(Refused, match=r"'someone/tiny' is or holds an adapter for 'owner/base'"):
        load_model("someone/tiny")
