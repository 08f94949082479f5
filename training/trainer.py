"""The training loop: stages, each with a checkpoint from which training can go on."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tqdm import tqdm

from steering.errors import Refused
from training import losses, tokens
from training.batches import Batcher
from training.curriculum import Stage
from training.documents import Writer
from training.network import Network
from training.run import Progress, Run, device_and_precision
from training.shapes import final_norm_names, matrix_names, new_model
from training.subjects import directions, real_subjects

MATRIX_RATE, OTHER_RATE = 0.01, 3e-3
SECONDS_BETWEEN_CHECKPOINTS = 120
STEPS_PER_RECORD = 50
# Gates look at running averages of the metrics: the share of the old average kept at each step.
KEPT = 0.95


class Trainer:
    """Trains stage after stage, each going on from the checkpoint of the one before."""

    def __init__(
        self, run: Run, tokenizer: Tokenizer, checkpoints: Path, quiet: bool = False
    ) -> None:
        self.run, self.checkpoints, self.quiet = run, checkpoints, quiet
        self.tokenizer = tokenizer
        self.device, self.precision = device_and_precision()
        end = tokenizer.token_to_id(tokens.END)
        size = tokenizer.get_vocab_size()
        model = new_model(size, end, run.seed, run.width, run.shape).to(self.device)
        unit = directions(len(run.real), run.own).unit
        self.network = Network(model, unit.shape[1], run.compiled).to(self.device)
        self.ids = losses.AnswerIds.of(tokenizer)
        writer = Writer(tokenizer, real_subjects(run.real), run.own)
        self.act_words = writer.act_words().to(self.device)
        self.batcher = Batcher(writer, self.network.basis, run.seed, run.documents)
        self.off_direction = torch.zeros(len(unit), run.width, device=self.device)

    def path(self, stage: Stage) -> Path:
        """Return the checkpoint of a stage."""
        return self.checkpoints / f"{stage.name}.pt"

    def train(self, names: Sequence[str] | None = None) -> list[Progress]:
        """Return how each of the named stages (all if none are named) ended, having trained them.

        A stage whose checkpoint is complete is only loaded, one that broke off goes on.
        """
        ended = []
        for number, stage in enumerate(self.run.stages):
            if names is not None and stage.name not in names:
                continue
            if number and not ended:
                self._load(self.run.stages[number - 1], weights_only=True)
            ended.append(self._train_stage(stage))
        return ended

    def load_last(self) -> list[dict[str, Any]]:
        """Return the progress of every stage up to the last one with a checkpoint.

        The model is then as that checkpoint has it.
        """
        trained = []
        for stage in self.run.stages:
            if self.path(stage).exists():
                trained.append(asdict(self._load(stage, weights_only=True)))
        if not trained:
            raise Refused(f"{self.checkpoints}: no checkpoint to export; train first")
        return trained

    def _train_stage(self, stage: Stage) -> Progress:
        self.optimizers = self._optimizers()
        self.off_direction = torch.zeros_like(self.off_direction)
        progress = Progress(stage.name)
        if self.path(stage).exists():
            progress = self._load(stage)
        begun, saved = time.monotonic() - progress.seconds, time.monotonic()
        recent: dict[str, list[float]] = {}
        bar = tqdm(
            total=stage.steps,
            initial=progress.advanced,
            desc=stage.name,
            disable=self.quiet,
            mininterval=2,
        )
        while progress.advanced < stage.steps:
            share = progress.advanced / stage.steps
            watched = self._step(stage, progress, stage.start + (1 - stage.start) * share)
            for name, value in watched.items():
                if not math.isnan(value):
                    recent.setdefault(name, []).append(value)
                    before = progress.running.get(name, value)
                    progress.running[name] = KEPT * before + (1 - KEPT) * value
            progress.step += 1
            if not self._waits(stage, progress):
                progress.advanced += 1
                bar.update()
            progress.seconds = time.monotonic() - begun
            if progress.step % STEPS_PER_RECORD == 0 or progress.advanced == stage.steps:
                self._record(progress, recent)
                shown = ("loss", "direct", "choice", "read_out", "real_direct", "stated")
                bar.set_postfix({name: f"{progress.running.get(name, 0):.2f}" for name in shown})
                recent = {}
            if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                self._save(stage, progress)
                saved = time.monotonic()
        bar.close()
        self._save(stage, progress)
        return progress

    def _waits(self, stage: Stage, progress: Progress) -> bool:
        """Return whether a gate holds the stage here for now."""
        share = stage.start + (1 - stage.start) * progress.advanced / stage.steps
        following = stage.start + (1 - stage.start) * (progress.advanced + 1) / stage.steps
        waited = progress.step - progress.advanced
        gates = [gate for gate in stage.gates if self.run.real or "real" not in gate.metric]
        return waited <= stage.most_waiting and any(
            share <= gate.at < following and progress.running.get(gate.metric, 0) < gate.above
            for gate in gates
        )

    def _optimizers(self) -> tuple[torch.optim.Optimizer, ...]:
        """Return Muon for the matrices inside the blocks, and AdamW for embeddings and norms."""
        named = dict(self.network.model.named_parameters())
        final = [named.pop(name) for name in final_norm_names(self.network.model)]
        matrices = [named.pop(name) for name in matrix_names(self.network.model)]
        self.clipped = list(named.values())
        groups = [
            {"params": self.clipped, "factor": 1.0},
            # The last norm's weights scale all logits, so their learning rate is smaller.
            {"params": final, "factor": self.run.width**-0.5},
        ]
        return (
            torch.optim.Muon(
                [{"params": matrices, "factor": 1.0}], lr=MATRIX_RATE, weight_decay=0.01
            ),
            torch.optim.AdamW(groups, lr=OTHER_RATE, betas=(0.9, 0.98), weight_decay=0.0),
        )

    def _step(self, stage: Stage, progress: Progress, share: float) -> dict[str, float]:
        """Return one step of both optimizers; what was watched."""
        batches = self.batcher.draw(stage, progress.step, share, self.off_direction.cpu())
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        off_direction, watched = self.off_direction, {}
        for batch in batches:
            progress.tokens += int((batch.ids > 0).sum())
            loss, values, off_direction = losses.compute(
                self.network,
                batch.to(self.device),
                self.ids,
                stage,
                off_direction=off_direction,
                precision=self.precision,
                act_words=None if batch.real else self.act_words,
            )
            (loss * (len(batch.ids) / self.run.documents)).backward()
            watched.update(values)
        if share > 0.13:
            self.off_direction = off_direction
        factor = stage.learning_rate_factor(share, progress.step)
        for optimizer, rate in zip(self.optimizers, (MATRIX_RATE, OTHER_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor * group["factor"]
        torch.nn.utils.clip_grad_norm_(self.clipped, 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        return {name: float(value) for name, value in watched.items()}

    def _record(self, progress: Progress, recent: dict[str, list[float]]) -> None:
        means = {name: round(sum(values) / len(values), 4) for name, values in recent.items()}
        entry = {
            "step": progress.step,
            "advanced": progress.advanced,
            "tokens": progress.tokens,
            "seconds": round(progress.seconds),
            **means,
        }
        progress.records.append(entry)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        with (self.checkpoints / "log.jsonl").open("a") as log:
            log.write(json.dumps({"stage": progress.stage, **entry}) + "\n")

    def _save(self, stage: Stage, progress: Progress) -> None:
        """Write the checkpoint beside its place and move it there, so that it is never half."""
        content: dict[str, Any] = {
            "model": self.network.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "off_direction": self.off_direction,
            # Batches are drawn from the seed, the stage and the step: nothing else is random.
            "seed": self.run.seed,
            "progress": asdict(progress),
        }
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        partial = self.path(stage).with_suffix(".partial")
        torch.save(content, partial)
        partial.replace(self.path(stage))

    def _load(self, stage: Stage, weights_only: bool = False) -> Progress:
        if not self.path(stage).exists():
            raise Refused(f"{self.path(stage)}: not there; train stage {stage.name} first")
        content = torch.load(self.path(stage), map_location=self.device, weights_only=True)
        if content["seed"] != self.run.seed:
            raise Refused(
                f"{self.path(stage)}: made with seed {content['seed']}, asked for {self.run.seed}; "
                "name another folder with --checkpoints"
            )
        self.network.model.load_state_dict(content["model"])
        if not weights_only:
            for optimizer, state in zip(self.optimizers, content["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            self.off_direction = content["off_direction"]
        return Progress(**content["progress"])
