"""What lies at a model's place and is no whole model is named, and never left out in silence."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from transformers import LlamaConfig

from steering.errors import Refused
from steering.models.checkpoint import quantisation, require_complete, require_model_folder
from tests.support import tiny


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("models") / "good")


def refused(path, sentence: str) -> None:
    with pytest.raises(Refused) as error:
        require_model_folder("mine", path)
    assert re.search(sentence, str(error.value)), error.value
    assert "\n" not in str(error.value)


def test_a_whole_model_passes_and_so_does_an_adapter_that_names_its_base(good, tmp_path):
    require_model_folder("mine", good)
    require_model_folder("mine", tiny.save_adapter(tmp_path / "adapter"))
    require_model_folder("mine", tiny.save_adapter(shutil.copytree(good, tmp_path / "beside")))


def test_what_is_no_model_is_named(tmp_path):
    refused(tmp_path / "none", "folder 'mine' does not exist")
    refused(tmp_path, r"folder 'mine' has no config\.json: name a transformers folder")
    (tmp_path / "config.json").write_text("{}")
    refused(tmp_path, "'mine' has no safetensors weights: pickle is not read")
    refused(tmp_path / "config.json", "'mine' is a file: name the folder that it lies in")


@pytest.mark.parametrize(
    ("config", "method"),
    [
        ({}, None),
        ({"quantization_config": None}, None),
        ({"quantization_config": {}}, None),
        ({"quantization_config": {"quant_method": "exl3", "bits": 4}}, "exl3"),
        ({"quantization_config": {"quant_method": "gptq"}}, "gptq"),
        ({"quantization_config": {"load_in_4bit": True}}, "bitsandbytes"),
        ({"quantization_config": {"quant_algo": "NVFP4"}}, "NVFP4"),
        ({"quantization_config": {"bits": 4}}, "no method named"),
        ({"quantization_config": "w4a16"}, "w4a16"),
        ({"compression_config": {"quant_method": "compressed-tensors"}}, "compressed-tensors"),
        ({"text_config": {"quantization_config": {"quant_method": "awq"}}}, "awq"),
        ({"text_config": None}, None),
    ],
)
def test_the_method_of_quantisation_is_found_by_its_name(config, method):
    assert quantisation(config) == method


def complete(*unexpected: str) -> None:
    report = {"mismatched_keys": [], "missing_keys": [], "unexpected_keys": {*unexpected}}
    require_complete("mine", LlamaConfig(num_hidden_layers=2), report)


@pytest.mark.parametrize(
    "key",
    [
        "model.layers.0.mlp.up_proj.weight_scale",
        "model.layers.0.mlp.up_proj.weight_scale_inv",
        "model.layers.1.mlp.up_proj.input_scale",
        "model.layers.1.self_attn.q_proj.qweight",
        "model.layers.1.self_attn.q_proj.weight.absmax",
        "model.layers.1.self_attn.q_proj.weight.quant_state.bitsandbytes__nf4",
        "model.layers.1.self_attn.q_proj.lora_A.weight",
        "base_model.model.model.layers.1.self_attn.q_proj.lora_B.default.weight",
    ],
)
def test_weights_that_mean_something_else_without_others_are_refused(key):
    """The configuration says nothing of them, so transformers would only leave them out."""
    with pytest.raises(Refused, match=rf"'mine' has '{re.escape(key)}' beside its weights, which"):
        complete(key, "lm_head.bias")


def test_what_changes_no_weight_may_be_left_out():
    complete("model.layers.1.self_attn.rotary_emb.inv_freq", "vision.logit_scale", "lm_head.bias")


def test_a_place_is_looked_at_without_torch():
    code = "import sys, steering.models.checkpoint; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
