"""The exported folder: a plain model of transformers with the same logits."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.support.miniature_run import miniature
from training.card import card
from training.curriculum import STAGES
from training.export import export
from training.shapes import SHAPES
from training.trainer import Trainer


@pytest.mark.parametrize("shape", SHAPES)
def test_exported_model_is_a_plain_one_with_the_same_logits(shape, tokenizer, tmp_path):
    short = replace(STAGES[0], steps=2, gates=())
    trainer = Trainer(miniature(stages=(short,), shape=shape), tokenizer, tmp_path, quiet=True)
    trainer.train()
    ids = torch.tensor([tokenizer.encode("You are frugal. (A): Yes").ids])
    with torch.no_grad():
        wanted = trainer.network.logits(trainer.network(ids)[0])
    export(trainer, tmp_path / "out")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    with torch.no_grad():
        assert torch.allclose(loaded(ids).logits, wanted, atol=1e-4)
    assert loaded.config.model_type == shape
    assert "steered" in card(tmp_path / "out")
