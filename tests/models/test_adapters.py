"""An adapter is merged into its base, wherever that lies, and is never left out in silence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import torch
from huggingface_hub import constants
from peft import IA3Config, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file

from steering.errors import Refused
from steering.measuring.check import check_loaded
from steering.models import adapters
from steering.models.adapters import adapter_in
from steering.models.catalogue import described, fingerprint, folders_of
from steering.models.loading import load_model
from tests.support import oracle, tiny

IDS = torch.arange(9)[None]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("models") / "base")


def beside(base, folder):
    return tiny.save_adapter(shutil.copytree(base, folder))


def refused(folder, sentence):
    with pytest.raises(Refused, match=sentence) as error:
        load_model(str(folder))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("named", ["absolute", "beside its folder", "from here", "in its folder"])
def test_an_adapter_is_added_to_the_weights_of_its_base(named, base, tmp_path, monkeypatch):
    folder = tmp_path / "adapter"
    if named == "in its folder":
        beside(base, folder)
    else:
        shutil.copytree(base, tmp_path / "base")
        monkeypatch.chdir(tmp_path if named == "from here" else tmp_path.parent)
        path = {"absolute": str(tmp_path / "base"), "beside its folder": "../base"}
        tiny.save_adapter(folder, path.get(named, "base"))
    model = load_model(str(folder))
    torch.testing.assert_close(model.module(IDS).logits, tiny.with_adapter(folder)(IDS).logits)
    assert (model.module(IDS).logits - tiny.model("Llama")(IDS).logits).abs().max() > 0.1
    assert type(model.module).__name__ == "LlamaForCausalLM"
    assert (model.name, model.folder, model.revision) == ("adapter", folder, fingerprint(folder))
    assert model.about()["adapter"] == "adapter (LORA), merged into its base"
    own = "the model beside it"
    other = f"base@{fingerprint(tmp_path / 'base')}" if named != "in its folder" else own
    assert model.about()["base"] == other


def test_measured_it_agrees_with_plain_hooks(base, tmp_path):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    proof = check_loaded(load_model(str(folder)), tiny.concept())
    assert proof.differences["propensity"] < 1e-4
    by_hand = tiny.with_adapter(folder)
    delta = torch.linspace(-1, 1, 32)
    one, other = (
        oracle.propensity(
            module, proof.model.tokenizer, proof.prompt.text, "A", layer=1,
            steer=oracle.adding(delta),
        )
        for module in (proof.model.module, by_hand)
    )  # fmt: skip
    assert one == pytest.approx(other, abs=1e-4)


def test_a_base_by_its_id_is_taken_from_the_hub(base, tmp_path, monkeypatch):
    """As the Hub's cache lies on disk: a folder for each commit, and a file for each branch."""
    commit, cache = "0" * 40, tmp_path / "hub"
    kept = cache / "models--owner--base"
    shutil.copytree(base, kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs" / "v2").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    folder = tiny.save_adapter(tmp_path / "adapter", "owner/base", revision="v2")
    model = load_model(str(folder))
    torch.testing.assert_close(model.module(IDS).logits, tiny.with_adapter(folder)(IDS).logits)
    assert model.about()["base"] == f"owner/base@{commit}"
    assert model.revision == f"{fingerprint(folder)}+{commit}"
    plain = load_model("owner/base@v2")
    assert (plain.name, plain.revision) == ("owner/base@v2", commit)
    torch.testing.assert_close(plain.module(IDS).logits, tiny.model("Llama")(IDS).logits)
    refused("owner/base@v3", r"'owner/base@v3' could not be loaded")


def test_a_tokenizer_beside_the_adapter_is_taken(base, tmp_path):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    assert load_model(str(folder)).tokenizer.chat_template == tiny.TEMPLATE
    tiny.tokenizer(template=tiny.NO_SYSTEM).save_pretrained(folder)
    assert load_model(str(folder)).tokenizer.chat_template == tiny.NO_SYSTEM


def test_both_count_in_the_fingerprint(base, tmp_path):
    copy = shutil.copytree(base, tmp_path / "base")
    folder = tiny.save_adapter(tmp_path / "adapter", "../base")
    assert folders_of(folder) == [folder, copy]
    seen = {fingerprint(folder)}
    tiny.configure(copy, attention_bias=False)
    seen.add(fingerprint(folder))
    tensors = load_file(folder / "adapter_model.safetensors")
    save_file(
        {name: one * 2 for name, one in tensors.items()}, folder / "adapter_model.safetensors"
    )
    seen.add(fingerprint(folder))
    for named in ("owner/base", "owner/other"):
        seen.add(fingerprint(tiny.save_adapter(folder, named)))
    seen.add(fingerprint(tiny.save_adapter(folder, "owner/other", revision="v2")))
    assert len(seen) == 6


def test_its_base_describes_it(base, tmp_path):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    assert described(str(folder)) == described(str(base))
    tiny.save_adapter(folder)
    with pytest.raises(Refused, match="is an adapter for 'owner/base', which is not on this mach"):
        described(str(folder))


def trained(config, base, folder):
    module = tiny.model("Llama")
    module.name_or_path = str(base)
    adapted = get_peft_model(module, config)
    draw = torch.Generator().manual_seed(2)
    for weight in adapted.parameters():
        if weight.requires_grad:
            weight.data += 0.1 * torch.randn(weight.shape, generator=draw)
    adapted.eval().save_pretrained(folder)
    return adapted


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_another_kind_that_changes_weights_is_merged(base, tmp_path):
    config = IA3Config(
        target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"],
        task_type="CAUSAL_LM",
    )  # fmt: skip
    adapted = trained(config, base, tmp_path / "ia3")
    with torch.no_grad():
        expected = adapted(input_ids=IDS).logits
    model = load_model(str(tmp_path / "ia3"))
    torch.testing.assert_close(model.module(IDS).logits, expected)
    assert model.about()["adapter"] == "ia3 (IA3), merged into its base"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_kind_that_changes_no_weights_is_refused(base, tmp_path):
    config = PromptTuningConfig(num_virtual_tokens=3, task_type="CAUSAL_LM")
    trained(config, base, tmp_path / "prompt")
    refused(tmp_path / "prompt", "of the kind 'PROMPT_TUNING', which cannot be merged into weights")


def test_an_adapter_that_does_not_fit_is_refused(base, tmp_path):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    weights = folder / "adapter_model.safetensors"
    whole = load_file(weights)
    name = "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight"
    for tensors in (
        {key: one for key, one in whole.items() if key != name},
        whole | {name.replace("layers.1", "layers.7"): whole[name].clone()},
    ):
        save_file(tensors, weights)
        refused(folder, r"has an adapter that does not fit its base model, which differs in '.*q")
    save_file(whole | {name: torch.ones(2, 16)}, weights)
    refused(folder, r"has an adapter that could not be merged \(.*\): name the base in it")
    tiny.save_adapter(folder, str(base), stretched_rank=3)
    refused(folder, r"has an adapter that could not be merged \(Unexpected keyword arguments .*s")


def test_a_merged_model_that_is_another_one_is_refused(base, tmp_path, monkeypatch):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    monkeypatch.setattr("peft.tuners.lora.layer.Linear.merge", lambda *_, **__: None)
    refused(folder, r"has an adapter \(LORA\) that is another model when merged, by [\d.]+ in its")


def test_a_quantised_base_is_refused(base, tmp_path, monkeypatch):
    copy = shutil.copytree(base, tmp_path / "base")
    tiny.configure(copy, quantization_config={"quant_method": "exl3"})
    folder = tiny.save_adapter(tmp_path / "adapter", str(copy))
    refused(folder, "is quantised with 'exl3', and would not be measured as it is")


def test_without_peft_it_is_refused(base, tmp_path, monkeypatch):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    monkeypatch.setattr(adapters, "find_spec", lambda name: None)
    refused(folder, r"is an adapter, for which the package peft is needed: `pip install '\.\[adapt")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{", "holds an adapter whose adapter_config.json names no kind"),
        ("[]", "holds an adapter whose adapter_config.json names no kind"),
        ("{}", "holds an adapter whose adapter_config.json names no kind"),
        (
            json.dumps({"peft_type": "LORA"}),
            "is an adapter that names no base model: name",
        ),
    ],
)
def test_an_adapter_that_says_too_little_of_itself_is_refused(written, said, tmp_path):
    folder = tiny.save_adapter(tmp_path / "adapter")
    (folder / "adapter_config.json").write_text(written)
    refused(folder, said)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("../none", r"is an adapter for '\.\./none', which is not on this machine: name the base"),
        ("nameless", "is an adapter for 'nameless', which is not on this machine"),
        (
            "../empty",
            r"is an adapter for '\.\./empty', which is no folder with a model in saf",
        ),
        (
            "../adapter",
            r"is an adapter for '\.\./adapter', which is one itself or holds one: m",
        ),
    ],
)
def test_a_base_that_is_none_is_refused(named, said, tmp_path):
    (tmp_path / "empty").mkdir()
    refused(tiny.save_adapter(tmp_path / "adapter", named), said)


def test_pickled_weights_are_refused(base, tmp_path):
    folder = tiny.save_adapter(tmp_path / "adapter", str(base))
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    refused(folder, "holds an adapter without adapter_model.safetensors: save it again .* pickle")


def test_a_folder_without_one_has_none(base):
    assert adapter_in("m", base) is None
    assert folders_of(base) == [base]


def test_a_folder_is_looked_at_without_torch():
    code = "import sys, steering.models.adapters; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
