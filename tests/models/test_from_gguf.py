"""A model from a GGUF file computes what its weights stand for, or is refused by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from steering.errors import Refused
from steering.measuring.check import check_loaded
from steering.models.catalogue import fingerprint
from steering.models.from_gguf import from_gguf
from steering.models.loading import load_model
from tests.support import gguf_files, oracle, tiny

IDS = torch.arange(9)[None]


def load(path, **options):
    return from_gguf("mine", path, **{"dtype": "float32", "device": "cpu", **options})


@pytest.mark.parametrize("kind", ["F32", "Q8_0", "Q4_0", "Q4_1"])
def test_its_logits_are_those_of_the_weights_dequantised(kind, tmp_path):
    meant = gguf_files.write(tmp_path / "tiny.gguf", kind)
    module, _, weights = load(tmp_path / "tiny.gguf")
    torch.testing.assert_close(module(IDS).logits, meant(IDS).logits, atol=0, rtol=0)
    held = "not quantised; the" if kind == "F32" else "undone: the"
    assert weights["quantisation"].startswith(f"GGUF, {kind} (")
    assert weights["quantisation"].endswith(f"), {held} weights are held in float32")
    if kind != "F32":
        assert (meant(IDS).logits - gguf_files.llama()(IDS).logits).abs().max() > 1e-3


def test_it_is_what_transformers_loads_from_the_file(tmp_path):
    gguf_files.write(tmp_path / "tiny.gguf", "Q8_0")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="tiny.gguf")
    ours = load(tmp_path / "tiny.gguf").module
    torch.testing.assert_close(ours(IDS).logits, theirs(IDS).logits, atol=0, rtol=0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_weights_have_the_precision_asked_for(dtype, tmp_path):
    gguf_files.write(tmp_path / "tiny.gguf", "Q4_0")
    loaded = load(tmp_path / "tiny.gguf", dtype=dtype)
    assert {one.dtype for one in loaded.module.parameters()} == {getattr(torch, dtype)}
    assert loaded.weights["quantisation"].endswith(f"held in {dtype}")


def test_measured_it_agrees_with_plain_hooks(tmp_path):
    meant = gguf_files.write(tmp_path / "tiny-Q4_1.gguf", "Q4_1")
    model = load_model(str(tmp_path / "tiny-Q4_1.gguf"))
    assert (model.name, model.folder) == ("tiny-Q4_1", tmp_path / "tiny-Q4_1.gguf")
    assert model.revision == fingerprint(tmp_path / "tiny-Q4_1.gguf")
    assert model.about()["quantisation"].startswith("GGUF, Q4_1 (23 Q4_1, 7 F32), undone")
    proof = check_loaded(model, tiny.concept())
    assert proof.differences["propensity"] < 1e-4
    # And with plain hooks on the model that its weights stand for.
    text, delta = proof.prompt.text, torch.linspace(-1, 1, 32)
    one, other = (
        oracle.propensity(
            module, model.tokenizer, text, "A", layer=1, steer=oracle.adding(delta)
        )
        for module in (model.module, meant)
    )  # fmt: skip
    assert one == pytest.approx(other, abs=1e-5)


def test_the_tokenizer_has_the_special_tokens_that_the_file_names(tmp_path):
    """transformers takes the first token of Llama's files for the last one, and the other way."""
    gguf_files.write(tmp_path / "tiny.gguf")
    tokenizer = load(tmp_path / "tiny.gguf").tokenizer
    found = tokenizer.bos_token, tokenizer.eos_token, tokenizer.unk_token, tokenizer.pad_token
    assert found == ("<|user|>", "<|end|>", "<|pad|>", "<|pad|>")
    assert tokenizer.chat_template == tiny.TEMPLATE
    text = "<|user|>Is (A) every coin?<|end|>"
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_factors_of_rotary_angles_are_applied(tmp_path):
    """Llama 3.1 and later are published with them, and transformers' reader drops them."""
    factors = np.array([1.0, 1.5, 4.0, 8.0], np.float32)
    plain = gguf_files.write(tmp_path / "tiny.gguf", more={"rope_freqs.weight": factors})
    rotary, before = plain.model.rotary_emb, plain(IDS).logits
    rotary.inv_freq = rotary.inv_freq / torch.from_numpy(factors)
    found = load(tmp_path / "tiny.gguf").module(IDS).logits
    torch.testing.assert_close(found, plain(IDS).logits)
    assert (found - before).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"architecture": "rwkv7"}, "of the architecture 'rwkv7', which transformers does not"),
        ({"said": {"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": 4.0}},
         r"says llama\.rope\.scaling\.type = 'yarn', which transformers' reader leaves out: name"),
        ({"said": {"llama.rope.scaling.factor": 4.0}}, r"says llama\.rope\.scaling\.factor = 4\.0"),
        ({"said": {"llama.attention.key_length": 16}}, r"says llama\.attention\.key_length = 16"),
        ({"said": {"llama.expert_count": 8}}, r"says llama\.expert_count = 8, which"),
        ({"said": {"llama.attention.scale": 0.5}}, r"says llama\.attention\.scale = 0\.5, which"),
        ({"more": {"blk.0.attn_q.bias": np.ones(32, np.float32)}},
         r"with the tensor 'blk\.0\.attn_q\.bias', for which transformers' LlamaForCausalLM"),
        ({"more": {"rope_freqs.weight": np.ones(9, np.float32)}}, "factors for rotary angles"),
        ({"vocab_size": 300, "said": {}}, r"embeddings for 300 tokens, but its tokenizer has \d+"),
    ],
)  # fmt: skip
def test_what_would_be_left_out_is_refused(written, sentence, tmp_path):
    gguf_files.write(tmp_path / "tiny.gguf", **written)
    with pytest.raises(Refused, match=f"'mine' .*{sentence}") as refused:
        load(tmp_path / "tiny.gguf")
    assert "\n" not in str(refused.value)


def test_a_family_whose_file_does_not_tell_all_is_refused(tmp_path, monkeypatch):
    gguf_files.write(tmp_path / "tiny.gguf")
    monkeypatch.setattr("steering.models.from_gguf._UNTOLD", {("llama", 3)})
    with pytest.raises(Refused, match="GGUF file of llama with 3 blocks, whose scale of attention"):
        load(tmp_path / "tiny.gguf")


def test_what_changes_nothing_may_be_said(tmp_path):
    said = {"llama.rope.scaling.type": "none", "llama.rope.scaling.factor": 2.0}
    said |= {"llama.attention.key_length": 8, "llama.attention.value_length": 8}
    meant = gguf_files.write(tmp_path / "tiny.gguf", said=said)
    torch.testing.assert_close(load(tmp_path / "tiny.gguf").module(IDS).logits, meant(IDS).logits)


def test_a_device_or_precision_that_there_is_not_is_refused(tmp_path):
    gguf_files.write(tmp_path / "tiny.gguf")
    with pytest.raises(Refused, match="there is no dtype 'int8'"):
        load(tmp_path / "tiny.gguf", dtype="int8")
    with pytest.raises(Refused, match="device 'tpu9' is not to be had here"):
        load(tmp_path / "tiny.gguf", device="tpu9")
