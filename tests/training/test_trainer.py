"""Training: it learns, it resumes, it waits at gates, and it learns public sets in their stage."""

import json
from dataclasses import replace

import pytest
import torch

from steering.errors import Refused
from tests.support.miniature_run import miniature
from training import losses
from training.curriculum import STAGES, Gate, Stage
from training.export import export
from training.real import withheld_items
from training.run import MODELS, Progress
from training.trainer import Trainer


class InterruptedTrainingError(Exception):
    pass


def test_loss_falls(tokenizer, tmp_path):
    stage = replace(STAGES[0], steps=40, gates=())
    trainer = Trainer(miniature(stages=(stage,)), tokenizer, tmp_path, quiet=True)
    first = trainer.batcher.draw(stage, 0, 0.0, trainer.off_direction)[0]
    before = loss_on(trainer, first, stage)
    trainer.train()
    assert loss_on(trainer, first, stage) < before - 0.5


def loss_on(trainer, batch, stage) -> float:
    with torch.no_grad():
        loss, _, _ = losses.compute(
            trainer.network,
            batch,
            trainer.ids,
            stage,
            off_direction=trainer.off_direction,
            precision=torch.float32,
        )
    return float(loss)


def test_a_run_that_broke_off_ends_at_the_same_weights(tokenizer, tmp_path, monkeypatch):
    # One stage is done, one is broken off, and one has not begun.
    stages = [one for one in miniature().stages if one.name in ("persona", "clean", "rules")]
    run = miniature(stages=tuple(stages))
    whole = Trainer(run, tokenizer, tmp_path / "whole", quiet=True)
    whole.train()

    broken = Trainer(run, tokenizer, tmp_path / "broken", quiet=True)
    step = Trainer._step

    def breaks_off(self, stage, progress, share):
        if stage.name == "clean" and progress.step == 3:
            self._save(stage, progress)
            raise InterruptedTrainingError
        return step(self, stage, progress, share)

    monkeypatch.setattr(Trainer, "_step", breaks_off)
    with pytest.raises(InterruptedTrainingError):
        broken.train()
    monkeypatch.undo()
    again = Trainer(run, tokenizer, tmp_path / "broken", quiet=True)
    again.train()
    wanted = whole.network.model.state_dict()
    for name, weight in again.network.model.state_dict().items():
        assert torch.equal(weight, wanted[name]), name


def test_a_checkpoint_of_another_seed_is_refused(tokenizer, tmp_path):
    short = replace(STAGES[0], steps=1, gates=())
    Trainer(miniature(stages=(short,)), tokenizer, tmp_path, quiet=True).train()
    with pytest.raises(Refused, match="made with seed 0, asked for 5"):
        Trainer(miniature(stages=(short,), seed=5), tokenizer, tmp_path, quiet=True).train()


def test_progress_waits_at_a_gate_but_not_for_ever(tokenizer, tmp_path):
    gate = Gate(0.5, "direct", above=2.0)
    stage = Stage("persona", steps=4, injected_share=0.0, gates=(gate,), most_waiting=3)
    trainer = Trainer(miniature(stages=(stage,)), tokenizer, tmp_path, quiet=True)
    ended: list[Progress] = trainer.train()
    assert ended[0].advanced == 4
    assert ended[0].step > 4


def test_public_sets_can_be_learned_in_a_stage_of_their_own(music, tokenizer, tmp_path):
    run = replace(MODELS["linnet"], real=(music,)).miniature()
    trainer = Trainer(run, tokenizer, tmp_path / "run", quiet=True)
    ended = trainer.train()
    assert [progress.stage for progress in ended] == [
        *("persona", "real", "clean", "together", "rules", "level", "saying", "fluent")
    ]
    assert not [name for name in ended[0].running if name.startswith("real_")]
    assert "real_loss" in ended[1].running
    export(trainer, tmp_path / "out")
    withheld = json.loads((tmp_path / "out" / "withheld.json").read_text())
    assert len(withheld[music]) == len(withheld_items(music))
