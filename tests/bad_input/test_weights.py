"""Weights that are no model's, or not this one's: each gets one sentence and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support.bench import Case, config, refused_in_one_sentence


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return changed


def cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-200])


def drop_last_layer(tensors: dict[str, torch.Tensor]) -> None:
    for name in [name for name in tensors if ".layers.2." in name]:
        del tensors[name]


CASES: dict[str, Case] = {
    "corrupt weights": (
        lambda at: at.measure(
            at.copy(lambda here: (here / "model.safetensors").write_bytes(b"\xff" * 999))
        ),
        r"model '.*' could not be loaded \(.*\): a folder as",
    ),
    "weights cut short": (
        lambda at: at.measure(at.copy(cut_short)),
        r"model '.*' could not be loaded \(.*\): a folder as",
    ),
    "weights of another width": (
        lambda at: at.measure(at.copy(config(intermediate_size=96))),
        r"model '.*' has weights of another shape than its config\.json says for 'model\.layers\.",
    ),
    "weights of another family": (
        lambda at: at.measure(
            at.copy(config(model_type="gpt2", architectures=["GPT2LMHeadModel"]))
        ),
        r"model '.*' (lacks weights for|could not be loaded)",
    ),
    "layers missing": (
        lambda at: at.measure(at.copy(weights(drop_last_layer))),
        r"lacks weights for 'model\.layers\.2\..*' and \d+ more: they would be random",
    ),
    "layers left over": (
        lambda at: at.measure(at.copy(config(num_hidden_layers=2))),
        r"has weights for 'model\.layers\.2\..*, but its config\.json says that it has 2 layers",
    ),
    "weights not a number": (
        lambda at: at.measure(
            at.copy(
                weights(lambda all: all["model.layers.1.mlp.down_proj.weight"].fill_(torch.nan))
            )
        ),
        r"model '.*' gives activations that are not finite in torch\.float32: its weights are",
    ),
    "weights infinite": (
        lambda at: at.measure(
            at.copy(weights(lambda all: all["model.norm.weight"].fill_(torch.inf)))
        ),
        r"model '.*' gives logits that are not finite in torch\.float32",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
