"""Pretrained: what transformers would pass over with a warning is refused in a sentence."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from steering.errors import Refused
from steering.models import pretrained
from steering.models.pretrained import outlined, refusing_load_errors
from tests.support import tiny


@pytest.fixture
def folder(tmp_path):
    return tiny.save(tmp_path / "tiny")


def load(folder, **options):
    asked = {"revision": "main", "dtype": "float32", "device": "cpu", "trust_remote_code": False}
    return pretrained.pretrained("mine", str(folder), **{**asked, **options})


def change(folder, of):
    tensors = load_file(folder / "model.safetensors")
    of(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def configure(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_a_sound_folder_gives_the_model_and_its_tokenizer(folder):
    module, tokenizer = load(folder)
    ids = torch.arange(7)[None]
    torch.testing.assert_close(module(ids).logits, tiny.model("Llama")(ids).logits)
    assert tokenizer.encode("every coin") == tiny.tokenizer().encode("every coin")


DOWN = "model.layers.1.mlp.down_proj.weight"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda at: change(at, lambda all: all.pop(DOWN)),
         rf"'mine' lacks weights for '{DOWN}': they would be random"),
        (lambda at: configure(at, intermediate_size=96),
         r"'mine' has weights of another shape than its config\.json says for '.*' and \d+ more"),
        (lambda at: configure(at, num_hidden_layers=2),
         r"'mine' has weights for 'model\.layers\.2\..*' and \d+ more, .* it has 2 layers"),
        (lambda at: configure(at, is_encoder_decoder=True), "'mine' .* is an encoder-decoder"),
        (lambda at: configure(at, model_type="bert", architectures=["BertForMaskedLM"]),
         r"'mine' \(BertForMaskedLM\) is an encoder, which sees what comes after"),
        (lambda at: configure(at, vocab_size=300), "another shape"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_does_not_fit_together_is_refused(spoil, sentence, folder):
    spoil(folder)
    with pytest.raises(Refused, match=sentence) as refused:
        load(folder)
    assert "\n" not in str(refused.value)


def test_a_weight_too_many_outside_the_blocks_is_no_matter(folder):
    change(folder, lambda all: all.update({"model.rotary.inv_freq": torch.ones(4)}))
    load(folder)


@pytest.mark.parametrize("device", ["tpu9", "cuda:99", "nonsense"])
def test_a_device_that_is_not_to_be_had_is_refused(device, folder):
    with pytest.raises(Refused, match=rf"device '{device}' is not to be had here: allowed are cpu"):
        load(folder, device=device)


def test_a_precision_that_there_is_not_is_refused(folder):
    with pytest.raises(Refused, match="there is no dtype 'int8': allowed are float32, bfloat16"):
        load(folder, dtype="int8")


def test_an_outline_needs_no_weights(folder):
    (folder / "model.safetensors").unlink()
    config, tokenizer = outlined("mine", str(folder), revision=None, trust_remote_code=False)
    assert config.num_hidden_layers == 3
    assert len(tokenizer) == len(tiny.tokenizer())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError("No file.\nMore of it. And more."), r"'mine' fails \(No file\): a folder as"),
        (ValueError("set trust_remote_code=True"), "'mine' brings code of its own"),
        (torch.OutOfMemoryError("CUDA"), "'mine' fails .*does not fit into the memory"),
        (KeyError(), r"'mine' fails \(KeyError\)"),
        (Refused("as it is."), r"^as it is\.$"),
    ],
)
def test_whatever_goes_wrong_is_said_in_one_sentence(error, sentence):
    with pytest.raises(Refused, match=sentence) as refused, refusing_load_errors("mine", "fails"):
        raise error
    assert "\n" not in str(refused.value)
