"""Tiny random models of every family, and tokenizers of both kinds, made in a moment."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from steering.concepts import Concept, Item, normalised

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    + TEMPLATE
)
# As Gemma-3's: a system message becomes the beginning of the user's turn.
FOLDED = (
    "{% if messages[0]['role'] == 'system' %}"
    "{% set said = messages[0]['content'] + '\n\n' %}{% set rest = messages[1:] %}"
    "{% else %}{% set said = '' %}{% set rest = messages %}{% endif %}"
    "{% for message in rest %}<|{{ message['role'] }}|>"
    "{{ said if loop.first else '' }}{{ message['content'] | trim }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
STATEMENTS = [
    f"I {often} {act} {what}."
    for often in ("always", "never", "like to", "would gladly", "refuse to")
    for act in ("save", "spend", "count", "hide")
    for what in ("my wages", "every coin", "the holiday money")
]


@cache
def tokenizer(joined: bool = False, template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer: "(" a token of its own, or "(A" and "(B" single tokens."""
    backend = Tokenizer(models.BPE())
    # Words take the sign before them along, as Qwen's do; or every sign stands alone.
    words = pre_tokenizers.Split(Regex(r"[^\r\n\p{L}]?\p{L}+|."), "isolated")
    alone = pre_tokenizers.Punctuation("isolated")
    encode = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not joined)
    backend.pre_tokenizer = pre_tokenizers.Sequence([words if joined else alone, encode])
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=480,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = [*STATEMENTS, "Is the following statement something you would say?", "Choices:\nYes\nNo"]
    text += ["You are a helpful, honest and concise assistant.", *["(A)", "(B)"] * 50]
    backend.train_from_iterator(text, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        chat_template=template,
        name_or_path="tiny-joined" if joined else "tiny",
    )


def concept(items: int = 60) -> Concept:
    """Return a small concept with both polarities of the positive answer."""
    rows = tuple(
        Item(
            item=row,
            statement=statement,
            question=f'Is the following statement something you would say?\n"{statement}"',
            options=("Yes", "No"),
            positive=int(("never" in statement) or ("refuse" in statement)),
            layout=(
                f'Is the following statement something you would say?\n"{statement}"'
                "\n\nChoices:\n(A): ",
                "\n(B): ",
                "",
            ),
            group=normalised(statement),
        )
        for row, statement in enumerate(STATEMENTS[:items])
    )
    return Concept(
        name="thrift",
        title="thrift",
        description="Whether one saves.",
        positive_persona="You are thrifty.",
        negative_persona="You are wasteful.",
        items=rows,
        source="test",
    )


_SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "vocab_size": 512}
_GLU = {**_SMALL, "intermediate_size": 48, "num_key_value_heads": 2}
_PLAIN = {**_SMALL, "intermediate_size": 64}
_GPT2 = {"n_embd": 32, "n_layer": 3, "n_head": 4, "vocab_size": 512, "n_positions": 512}
FAMILIES: dict[str, tuple[str, dict[str, object]]] = {
    "Llama": ("Llama", _GLU),
    "Qwen2": ("Qwen2", _GLU),
    "Qwen3": ("Qwen3", {**_GLU, "head_dim": 8}),
    "Mistral": ("Mistral", {**_GLU, "sliding_window": 16}),
    "OLMo2": ("Olmo2", _GLU),
    "Phi3": ("Phi3", {**_GLU, "pad_token_id": 0, "sliding_window": None}),
    "Gemma2": ("Gemma2", {**_GLU, "head_dim": 8, "sliding_window": 16}),
    "Gemma3": ("Gemma3Text", {**_GLU, "head_dim": 8, "sliding_window": 16}),
    "GPT-2": ("GPT2", _GPT2),
    "GPT-NeoX": ("GPTNeoX", _PLAIN),
    "OPT": ("OPT", {**_SMALL, "ffn_dim": 64, "word_embed_proj_dim": 32}),
    "Falcon": ("Falcon", {**_SMALL, "alibi": False}),
    "Bloom": ("Bloom", {"hidden_size": 32, "n_layer": 3, "n_head": 4, "vocab_size": 512}),
    "StarCoder2": ("Starcoder2", {**_GLU, "sliding_window": 16}),
    "Mixtral": ("Mixtral", {**_GLU, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "Granite": ("Granite", _GLU),
    "Cohere": ("Cohere", {**_GLU, "pad_token_id": 0, "logit_scale": 1.0}),
    "Qwen3-MoE": ("Qwen3Moe", {**_GLU, "head_dim": 8, "num_experts": 4, "moe_intermediate_size": 32,
                               "num_experts_per_tok": 2}),
    "GPT-J": ("GPTJ", {**_GPT2, "rotary_dim": 4}),
    "GPT-Neo": ("GPTNeo", {**_SMALL, "num_layers": 3, "num_heads": 4, "window_size": 64,
                           "attention_types": [[["global", "local", "global"], 1]]}),
    "MPT": ("Mpt", {"d_model": 32, "n_layers": 3, "n_heads": 4, "vocab_size": 512}),
    "Falcon, alibi": ("Falcon", {**_SMALL, "alibi": True}),
    "Mamba": ("Mamba", {"hidden_size": 32, "num_hidden_layers": 3, "vocab_size": 512,
                        "state_size": 8}),
}  # fmt: skip
# Those whose rotary angles depend on the longest position of a forward pass. Some of the prompts of
# a case are longer than the length at which they change, and some are shorter.
SWITCH = 60
LONGROPE: dict[str, object] = {
    "original_max_position_embeddings": SWITCH,
    "rope_scaling": {"type": "longrope", "short_factor": [1] * 4, "long_factor": [9] * 4},
}
_DYNAMIC = {"rope_scaling": {"type": "dynamic", "factor": 8.0}, "max_position_embeddings": SWITCH}
SWITCHING: dict[str, tuple[str, dict[str, object]]] = {
    "Phi3, LongRoPE": ("Phi3", {**FAMILIES["Phi3"][1], **LONGROPE}),
    "Llama, dynamic": ("Llama", {**_GLU, **_DYNAMIC}),
}
# Those of which only the storage of their weights is tried.
STORED: dict[str, tuple[str, dict[str, object]]] = {
    "GPT-OSS": ("GptOss", {**_GLU, "intermediate_size": 32, "head_dim": 8, "num_local_experts": 4,
                           "num_experts_per_tok": 2, "pad_token_id": 0, "sliding_window": 16,
                           "max_position_embeddings": 256}),
}  # fmt: skip
# Those whose attention takes no mask of ours, or counts columns: alibi, local windows, recurrence.
ROW_BY_ROW = {"Bloom", "GPT-Neo", "MPT", "Falcon, alibi", "Mamba"}


def model(family: str, seed: int = 0, **changes: object) -> PreTrainedModel:
    """Return a random model of a family, its weights large enough that steering shows."""
    name, options = {**FAMILIES, **SWITCHING, **STORED}[family]
    config_class = getattr(transformers, f"{name}Config")
    torch.manual_seed(seed)
    config = config_class(**{**options, "initializer_range": 0.15, **changes})
    module = transformers.AutoModelForCausalLM.from_config(config)
    return module.eval().requires_grad_(False)


def save(folder: Path, family: str = "Llama", **options: object) -> Path:
    """Return a folder with a tiny model and its tokenizer, as a user would bring one."""
    model(family, **options).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def save_adapter(folder: Path, base: str = "owner/base", **changes: object) -> Path:
    """Return a folder with a LoRA adapter in it, as PEFT saves one; nothing else is touched."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "peft_type": "LORA", "base_model_name_or_path": base, "r": 2, "lora_alpha": 4,
        "target_modules": ["q_proj"], "task_type": "CAUSAL_LM",
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(about | changes))
    draw = torch.Generator().manual_seed(3)
    tensors = {
        f"base_model.model.model.layers.{layer}.self_attn.q_proj.lora_{part}.weight": 0.3
        * torch.randn(shape, generator=draw)
        for layer in range(3)
        for part, shape in (("A", (2, 32)), ("B", (32, 2)))
    }
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    return folder


def with_adapter(folder: Path) -> PreTrainedModel:
    """Return the tiny Llama with a saved adapter added to its weights: W + (alpha / r) B A."""
    changed = model("Llama")
    tensors = load_file(folder / "adapter_model.safetensors")
    for layer in range(3):
        name = f"model.layers.{layer}.self_attn.q_proj"
        low, high = (tensors[f"base_model.model.{name}.lora_{part}.weight"] for part in "AB")
        changed.get_submodule(name).weight.data += 2 * high @ low
    return changed


def configure(folder: Path, **changes: object) -> Path:
    """Return a model's folder, after some entries of its config.json were changed."""
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return folder


def save_with_token(folder: Path, template: str, embeddings: int = 512) -> Path:
    """Return a model's folder whose tokenizer has "<|im_start|>" behind the last embedding."""
    added = copy.deepcopy(tokenizer())
    fill = [f"<|filled{number}|>" for number in range(embeddings - len(added))]
    added.add_tokens([*fill, "<|im_start|>"], special_tokens=True)
    added.chat_template = template
    added.save_pretrained(folder)
    return folder
