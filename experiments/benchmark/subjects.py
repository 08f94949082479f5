"""The models and items that are timed: two models, prompts of about 115 tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from steering.clone import models_folder
from steering.concepts import ORDERS, Concept, Item, load_concept
from steering.models.loading import load_model
from steering.models.model import Model
from steering.prompts.rendering import Prompt, render

# Llama shapes with random weights: the time does not depend on the weights.
SHAPES = {
    "Llama 120M": {
        "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
        "intermediate_size": 2048, "vocab_size": 45056,
    },
    "Llama 7B": {
        "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
        "intermediate_size": 11008, "vocab_size": 32000,
    },
    "Llama tiny": {
        "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
        "intermediate_size": 96, "vocab_size": 4096,
    },
}  # fmt: skip
SUBJECTS = ("wren", "Llama 120M")
# A concept that a model has learned, and the layer at which it is steered.
LEARNED = {"wren": ("frugal", 4)}
_TEXT = (
    "I always keep my own word when a friend asks for it and I never spend what I can save "
    "because a quiet day at home with a good book is worth more than any holiday"
)


def subject_folder(name: str, scratch: Path, dtype: str = "float32") -> Path:
    """Return the folder of an embedded model, or of one made at random with wren's tokenizer."""
    if name not in SHAPES:
        return models_folder() / name
    folder = scratch / name.replace(" ", "-")
    if not (folder / "config.json").is_file():
        torch.manual_seed(0)
        config = LlamaConfig(
            **SHAPES[name], tie_word_embeddings=name != "Llama 7B", max_position_embeddings=4096
        )
        kind = getattr(torch, dtype)
        with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
            before = torch.get_default_dtype()
            torch.set_default_dtype(kind)
            LlamaForCausalLM(config).save_pretrained(folder)
            torch.set_default_dtype(before)
        for file in models_folder().glob("wren/*"):
            if file.suffix == ".jinja" or file.name.startswith("tokenizer"):
                (folder / file.name).write_bytes(file.read_bytes())
    return folder


def subject(name: str, scratch: Path, *, dtype: str = "float32") -> Model:
    """Return a model to be timed."""
    return load_model(str(subject_folder(name, scratch, dtype)), dtype=dtype)


def prompts(model: Model, items: int, tokens: int = 115) -> list[Prompt]:
    """Return the prompts of some items in both orders, of about so many tokens each.

    Items differ in their words and by up to a tenth in their length, as real ones do; what is
    common to all is the system prompt and the template.
    """
    bare = len(
        render(_concept([""]), _concept([""]).items[0], "BASE", 0, model.tokenizer).token_ids
    )
    draw, every = torch.Generator().manual_seed(0), _TEXT.split()
    questions = []
    for _ in range(items):
        count = max(1, round((tokens - bare) * (0.9 + 0.2 * torch.rand(1, generator=draw).item())))
        words = torch.randint(len(every), (2 * count,), generator=draw).tolist()
        text = " ".join(every[word] for word in words)
        ids = model.tokenizer(text, add_special_tokens=False)["input_ids"][:count]
        questions.append(model.tokenizer.decode(ids))
    concept = _concept(questions)
    return [
        render(concept, item, "BASE", order, model.tokenizer)
        for item in concept.items
        for order in ORDERS
    ]


def learned(model: Model, name: str, items: int = 50) -> tuple[list[Prompt], list[Prompt]]:
    """Return the training and the test prompts of a concept of ours, in both orders."""
    concept = load_concept(name)

    def of(split: str) -> list[Prompt]:
        chosen = concept.of_split(split, items)
        return [
            render(concept, item, "BASE", order, model.tokenizer)
            for item in chosen
            for order in ORDERS
        ]

    return of("train"), of("test")


def _concept(questions: Sequence[str]) -> Concept:
    items = tuple(
        Item(row, text, text, ("Yes", "No"), row % 2, (f"{text}\n\nChoices:\n(A): ", "\n(B): ", ""),
             str(row))
        for row, text in enumerate(questions)
    )  # fmt: skip
    return Concept(
        name="benchmark",
        title="benchmark",
        description="",
        positive_persona="",
        negative_persona="",
        items=items,
        source="own",
    )
