"""Models that cannot be steered: each gets one sentence and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import transformers

from tests.support import multimodal, tiny
from tests.support.bench import Case, config, refused_in_one_sentence

SMALL_BERT = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
SMALL_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"not read")


def of(family: str, **options: object) -> Callable[[Path], None]:
    made = getattr(transformers, f"{family}Config")(vocab_size=512, **options)
    heads = {"Bert": "BertForMaskedLM", "T5": "T5Model", "OpenAIGPT": "OpenAIGPTLMHeadModel"}
    module = getattr(transformers, heads[family])(made)

    def changed(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        module.save_pretrained(folder)

    return changed


CASES: dict[str, Case] = {
    "unknown name": (
        lambda at: at.measure("wrenn"),
        r"there is no model 'wrenn': allowed are the embedded ones \(.*wren.*\), a local fol",
    ),
    "missing folder": (
        lambda at: at.measure("./none"),
        r"model folder '\./none' does not exist: name a folder with a model in it",
    ),
    "a file": (
        lambda at: at.measure(f"{at.model}/model.safetensors"),
        r"model '.*model\.safetensors' is a file: name the folder that it lies in",
    ),
    "a folder of something else": (
        lambda at: at.measure(str(at.folder)),
        r"model folder '.*' has no config\.json: name a transformers folder",
    ),
    "an id that is not here": (
        lambda at: at.measure("nobody/nothing"),
        r"model 'nobody/nothing' could not be loaded \(.*\): a folder as transformers saves it, or",
    ),
    "damaged configuration": (
        lambda at: at.measure(at.copy(lambda here: (here / "config.json").write_text("{"))),
        r"model '.*' could not be loaded \(.*config\.json.*\): a folder as transformers saves it",
    ),
    "unknown architecture": (
        lambda at: at.measure(at.copy(config(model_type="oracle"))),
        r"model '.*' could not be loaded \(.*oracle.*\): a folder as transformers saves it",
    ),
    "code of its own": (
        lambda at: at.measure(
            at.copy(config(model_type="oracle", auto_map={"AutoConfig": "oracle.Config"}))
        ),
        r"model '.*' brings code of its own, .*: read it, and allow it with --trust-remote-code",
    ),
    "pickle weights": (
        lambda at: at.measure(at.copy(pickled)),
        r"model folder '.*' has no safetensors weights: pickle is not read",
    ),
    "an adapter without its base": (
        lambda at: at.measure(str(tiny.save_adapter(at.folder / "adapter", "../none"))),
        r"model folder '.*adapter' is an adapter for '\.\./none', which is not on this machine",
    ),
    "an adapter to be checked": (
        lambda at: ["check", str(tiny.save_adapter(at.folder / "adapter", "../none"))],
        r"model folder '.*adapter' is an adapter for '\.\./none', which is not on this machine",
    ),
    "an adapter beside its base, of a kind that cannot be merged": (
        lambda at: at.measure(
            at.copy(lambda here: tiny.save_adapter(here, peft_type="PROMPT_TUNING"))
        ),
        r"model '.*' has an adapter of the kind 'PROMPT_TUNING', which cannot be merged into weigh",
    ),
    "a damaged GGUF file": (
        lambda at: at.measure(at.file("model-Q4_K_M.gguf", b"GGUF\3\0\0\0")),
        r"model '.*\.gguf' is a GGUF file that is damaged, cut short or .*: bring the whole file",
    ),
    "a folder of a damaged GGUF file": (
        lambda at: ["check", str(Path(at.file("gguf/a.gguf", b"GGUF\3\0\0\0")).parent)],
        r"model '.*gguf' is a GGUF file that is damaged, cut short or .*: bring the whole file",
    ),
    "a folder of several GGUF files": (
        lambda at: at.measure(
            str(Path(min(at.file(f"gguf/{name}.gguf", b"GGUF") for name in "ab")).parent)
        ),
        r"model folder '.*gguf' holds 2 GGUF files: name one of them, like '.*/a\.gguf'",
    ),
    "a quantisation without its package": (
        lambda at: at.measure(at.copy(config(quantization_config={"quant_method": "gptq"}))),
        r"model '.*' is quantised with 'gptq', for which transformers needs .*: `pip install ",
    ),
    "a multimodal model that is not causal": (
        lambda at: at.measure(str(multimodal.save(at.folder / "model", "PaliGemma"))),
        r"model 'model' \(PaliGemma\w+\) lets a token see what comes after it where a text stands",
    ),
    "an unknown quantisation": (
        lambda at: at.measure(at.copy(config(quantization_config={"quant_method": "exl3"}))),
        r"model '.*' is quantised with 'exl3', and would not be .*: name the unquantised model",
    ),
    "an unknown quantisation to be checked": (
        lambda at: ["check", at.copy(config(quantization_config={"quant_method": "exl3"}))],
        r"model '.*' is quantised with 'exl3', and would not be .*: name the unquantised model",
    ),
    "no blocks": (
        lambda at: at.measure(str(tiny.save(at.folder / "model", num_hidden_layers=0))),
        r"model 'model' \(LlamaForCausalLM\) has 0 decoder blocks: at least one is needed",
    ),
    "another residual stream": (
        lambda at: at.measure(at.copy(of("OpenAIGPT", n_embd=32, n_layer=1, n_head=4))),
        r"model 'model' \(OpenAIGPTLMHeadModel\) has another residual stream .*: its block 0 gives",
    ),
    "an encoder": (
        lambda at: at.measure(at.copy(of("Bert", **SMALL_BERT))),
        r"model '.*' \(BertForMaskedLM\) is an encoder, .*: a causal language model is needed",
    ),
    "an encoder-decoder": (
        lambda at: at.measure(at.copy(of("T5", **SMALL_T5))),
        r"model '.*' \(T5Model\) is an encoder-decoder model: a causal language model",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
