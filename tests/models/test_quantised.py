"""Quantised weights are held as they are stored, made plain, or refused by what is missing."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.quantizers import auto
from transformers.quantizers.base import HfQuantizer
from transformers.utils.quantization_config import QuantizationConfigMixin

from steering.errors import Refused
from steering.measuring.check import check_loaded
from steering.models import quantised
from steering.models.loading import load_model
from tests.support import tiny

IDS = torch.arange(9)[None]
HALVED = "halved"


class HalvedConfig(QuantizationConfigMixin):
    """The configuration of a method that stores half of each weight."""

    def __init__(self, quant_method=HALVED, **_):
        self.quant_method = quant_method


class Halved(HfQuantizer):
    """A method as libraries bring them: it puts layers of its own in place of linear ones."""

    requires_calibration = False

    def _process_model_before_weight_loading(self, model, **_):
        for block in model.model.layers:
            block.mlp.down_proj.__class__ = Doubling

    def is_serializable(self, *_, **__):
        return True

    @property
    def is_trainable(self):
        return False


class Doubling(nn.Linear):
    """A linear layer whose weights are half of what they stand for."""

    def forward(self, given):
        return super().forward(given) * 2


@pytest.fixture
def folder(tmp_path):
    return tiny.save(tmp_path / "tiny")


def named(folder, method, **about):
    return str(tiny.configure(folder, quantization_config={"quant_method": method, **about}))


def halving(monkeypatch):
    monkeypatch.setitem(auto.AUTO_QUANTIZER_MAPPING, HALVED, Halved)
    monkeypatch.setitem(auto.AUTO_QUANTIZATION_CONFIG_MAPPING, HALVED, HalvedConfig)


def test_a_method_that_transformers_knows_is_held_as_it_is(folder, monkeypatch):
    halving(monkeypatch)
    model = load_model(named(folder, HALVED))
    meant = tiny.model("Llama")
    for block in meant.model.layers:
        block.mlp.down_proj.weight.data *= 2
    torch.testing.assert_close(model.module(IDS).logits, meant(IDS).logits)
    assert model.about()["quantisation"] == "halved, held as it is"
    proof = check_loaded(model, tiny.concept())
    assert max(proof.differences.values()) < 1e-4


def test_a_method_that_was_not_applied_is_refused(folder, monkeypatch):
    """transformers takes weights of a method that it does not know for plain ones."""
    monkeypatch.setitem(quantised.AUTO_QUANTIZER_MAPPING, HALVED, Halved)
    monkeypatch.setattr(auto.AutoHfQuantizer, "supports_quant_method", lambda _: False)
    with pytest.raises(Refused, match="quantised with 'halved', and would be measured as if it we"):
        load_model(named(folder, HALVED))


def test_a_quantised_head_is_refused(folder, monkeypatch):
    halving(monkeypatch)
    whole = Halved._process_model_before_weight_loading

    def headless(self, model, **options):
        whole(self, model, **options)
        monkeypatch.setattr(type(model), "get_output_embeddings", lambda _: nn.Identity())

    monkeypatch.setattr(Halved, "_process_model_before_weight_loading", headless)
    with pytest.raises(Refused, match="quantised with 'halved' up to its output head, whose weigh"):
        load_model(named(folder, HALVED))


def test_an_adapter_is_not_merged_into_quantised_weights(folder, tmp_path, monkeypatch):
    halving(monkeypatch)
    adapter = tiny.save_adapter(tmp_path / "adapter", named(folder, HALVED))
    with pytest.raises(Refused, match=r"whose base is quantised \(halved, held as it is\), and"):
        load_model(str(adapter))


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("awq", "gptqmodel and accelerate"),
        ("bitsandbytes", "bitsandbytes and accelerate"),
        ("compressed-tensors", "compressed-tensors"),
        ("gptq", "gptqmodel and optimum and accelerate"),
    ],
)
def test_a_method_without_its_packages_names_them(method, wanted, folder, monkeypatch):
    monkeypatch.setattr(quantised, "find_spec", lambda name: None)
    about = {"load_in_4bit": True} if method == "bitsandbytes" else {}
    install = f"`pip install {wanted.replace(' and ', ' ')}`"
    sentence = f"is quantised with '{method}', for which transformers needs {wanted}: {install}"
    with pytest.raises(Refused, match=sentence):
        load_model(named(folder, method, **about))


def test_a_package_that_only_loading_finds_missing_is_named(folder):
    with pytest.raises(Refused, match=r"with 'hqq', for which transformers lacks what it needs"):
        load_model(named(folder, "hqq"))


@pytest.mark.parametrize("method", ["exl3", "NVFP4"])
def test_a_method_that_transformers_does_not_know_is_refused(method, folder):
    with pytest.raises(Refused, match=f"is quantised with '{method}', and would not be measured a"):
        load_model(named(folder, method))


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
@pytest.mark.filterwarnings("ignore")
def test_weights_of_bitsandbytes_are_measured_as_they_are(tmp_path):
    # Rows are cut into blocks of 64.
    folder = tiny.save(tmp_path / "plain", hidden_size=64, intermediate_size=128)
    four = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    options = {"quantization_config": four, "dtype": torch.float32, "device_map": {"": "cpu"}}
    plain = AutoModelForCausalLM.from_pretrained(folder, **options)
    plain.save_pretrained(tmp_path / "four")
    tiny.tokenizer().save_pretrained(tmp_path / "four")
    model = load_model(str(tmp_path / "four"), device="cpu")
    with torch.no_grad():  # with gradients, another kernel computes
        torch.testing.assert_close(model.module(IDS).logits, plain(IDS).logits)
    assert model.about()["quantisation"] == "bitsandbytes, held as it is"
    proof = check_loaded(model, tiny.concept())
    assert max(proof.differences.values()) < 1e-3
