"""Pretrained: what transformers would pass over with a warning is refused in a sentence."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

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


def test_a_sound_folder_gives_the_model_and_its_tokenizer(folder):
    module, tokenizer, weights = load(folder)
    assert weights == {}
    ids = torch.arange(7)[None]
    torch.testing.assert_close(module(ids).logits, tiny.model("Llama")(ids).logits)
    assert tokenizer.encode("every coin") == tiny.tokenizer().encode("every coin")


DOWN = "model.layers.1.mlp.down_proj.weight"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda at: change(at, lambda all: all.pop(DOWN)),
         rf"'mine' lacks weights for '{DOWN}': they would be random"),
        (lambda at: tiny.configure(at, intermediate_size=96),
         r"'mine' has weights of another shape than its config\.json says for '.*' and \d+ more"),
        (lambda at: tiny.configure(at, num_hidden_layers=2),
         r"'mine' has weights for 'model\.layers\.2\..*' and \d+ more, .* it has 2 layers"),
        (lambda at: tiny.configure(at, is_encoder_decoder=True), "'mine' .* is an encoder-decoder"),
        (lambda at: tiny.configure(at, model_type="bert", architectures=["BertForMaskedLM"]),
         r"'mine' \(BertForMaskedLM\) is an encoder, which sees what comes after"),
        (lambda at: tiny.configure(at, vocab_size=300), "another shape"),
        (lambda at: tiny.configure(at, quantization_config={"quant_method": "exl3", "bits": 4}),
         "'mine' is quantised with 'exl3', and would not be measured as it is: name the unquan"),
        (lambda at: tiny.configure(at, quantization_config={"quant_method": "gptq", "bits": 4}),
         "'mine' is quantised with 'gptq', for which transformers needs gptqmodel and optimum: "),
        (lambda at: change(at, lambda all: all.update({f"{DOWN}_scale_inv": torch.ones(1)})),
         rf"'mine' has '{DOWN}_scale_inv' beside its weights"),
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


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_weights_in_float8_are_read_as_what_they_stand_for(dtype, folder):
    expected = {}

    def quantise(tensors):
        for name in [name for name in tensors if name.endswith("proj.weight")]:
            rows, columns = tensors[name].shape
            blocks = tensors[name].view(rows // 16, 16, columns // 16, 16)
            scales = blocks.abs().amax((1, 3)) / 448
            eight = (blocks / scales[:, None, :, None]).to(torch.float8_e4m3fn)
            meant = (eight.float() * scales[:, None, :, None]).view(rows, columns)
            tensors |= {name: eight.view(rows, columns), f"{name}_scale_inv": scales}
            expected[name] = meant.to(getattr(torch, dtype))

    change(folder, quantise)
    about = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [16, 16]}
    tiny.configure(folder, quantization_config=about)
    module, _, weights = load(folder, dtype=dtype)
    assert weights == {"quantisation": f"fp8, undone: the weights are held in {dtype}"}
    assert {one.dtype for one in module.parameters()} == {getattr(torch, dtype)}
    assert {type(one) for one in module.modules() if "Linear" in type(one).__name__} == {nn.Linear}
    found = dict(module.named_parameters())
    assert len(expected) == 3 * 7
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, atol=0, rtol=0)


FOUR_BITS = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_weights_in_four_bits_are_read_as_what_they_stand_for(dtype, tmp_path):
    """GPT-OSS is published in them: pairs of numbers in a byte, 32 numbers with one exponent."""
    folder, expected = tiny.save(tmp_path / "oss", "GPT-OSS"), {}
    draw = torch.Generator().manual_seed(0)

    def quantise(tensors):
        for name in [name for name in tensors if name.endswith(("up_proj", "down_proj"))]:
            experts, rows, columns = tensors.pop(name).shape
            where = experts, columns, rows // 32
            pairs = torch.randint(0, 256, (*where, 16), dtype=torch.uint8, generator=draw)
            powers = torch.randint(120, 126, where, dtype=torch.uint8, generator=draw)
            tensors |= {f"{name}_blocks": pairs, f"{name}_scales": powers}
            both = torch.stack([FOUR_BITS[(pairs & 15).long()], FOUR_BITS[(pairs >> 4).long()]], -1)
            meant = both.reshape(*where, 32) * torch.exp2(powers.float() - 127)[..., None]
            expected[name] = meant.reshape(experts, columns, rows).transpose(1, 2)

    change(folder, quantise)
    tiny.configure(folder, quantization_config={"quant_method": "mxfp4"})
    module, _, weights = load(folder, dtype=dtype)
    assert weights["quantisation"].startswith("mxfp4, undone")
    found = dict(module.named_parameters())
    assert len(expected) == 3 * 2
    for name, weight in expected.items():
        precise = weight.to(getattr(torch, dtype))
        torch.testing.assert_close(found[name], precise, atol=0, rtol=0)
    assert module(torch.arange(9)[None]).logits.isfinite().all()


@pytest.mark.parametrize("method", ["fp8", "mxfp4"])
def test_plain_weights_stay_as_they_are_whatever_is_said_of_them(method, folder):
    tiny.configure(folder, quantization_config={"quant_method": method})
    module = load(folder).module
    ids = torch.arange(7)[None]
    torch.testing.assert_close(module(ids).logits, tiny.model("Llama")(ids).logits)


def test_quantised_weights_are_refused_before_they_are_loaded(folder, monkeypatch):
    monkeypatch.setattr(pretrained.AutoModelForCausalLM, "from_pretrained", None)
    tiny.configure(folder, quantization_config={"quant_method": "awq", "bits": 4})
    with pytest.raises(Refused, match="'mine' is quantised with 'awq'"):
        load(folder)


MARKED = "{% for message in messages %}<|im_start|>{{ message['content'] }}{% endfor %}"


def test_a_token_of_the_template_needs_an_embedding(folder):
    tiny.save_with_token(folder, MARKED)
    sentence = r"hold the token '<\|im_start\|>', whose number is 512: bring the tokenizer or chat"
    with pytest.raises(Refused, match=r"embeddings for 512 tokens, but its prompts " + sentence):
        load(folder)


@pytest.mark.parametrize(
    "template",
    [
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('none') }}{% endif %}" + MARKED,
        tiny.TEMPLATE + "{% if messages[0]['role'] == 'system' %}<|im_start|>{% endif %}",
    ],
)
def test_it_is_found_whatever_roles_a_template_takes(template, folder):
    tiny.save_with_token(folder, template)
    with pytest.raises(Refused, match="hold the token"):
        load(folder)


def test_a_token_that_no_prompt_holds_needs_none(folder):
    """Gemma's tokenizers have one for images, which its text models have no embedding for."""
    tiny.save_with_token(folder, tiny.TEMPLATE)
    load(folder)
    tiny.save_with_token(folder, "{{ raise_exception('not today') }}")
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
