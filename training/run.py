"""The settings of a training run: its shape, seed and sizes, and the folder of its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch

from training.curriculum import STAGES, Stage
from training.shapes import WIDTH


@dataclass(frozen=True)
class Run:
    """What a training run depends on; the same run gives the same weights on the same machine.

    `own` names the concepts of ours that are learned (none: all), `real` the public sets.
    """

    seed: int = 0
    shape: str = "llama"
    own: tuple[str, ...] = ()
    real: tuple[str, ...] = ()
    documents: int = 96
    width: int = WIDTH
    stages: tuple[Stage, ...] = STAGES
    compiled: bool = True

    def miniature(self) -> Run:
        """Return a run of a few steps of a narrow model, for tests."""
        stages = tuple(replace(stage, steps=6, most_waiting=0) for stage in self.stages)
        return replace(self, documents=12, width=64, stages=stages, compiled=False)


# The models of this project.
MODELS = {"wren": Run(shape="llama", seed=0), "linnet": Run(shape="gpt2", seed=1)}


@dataclass
class Progress:
    """Where a stage stands."""

    stage: str
    step: int = 0
    advanced: int = 0
    tokens: int = 0
    seconds: float = 0.0
    running: dict[str, float] = field(default_factory=dict)
    records: list[dict[str, float]] = field(default_factory=list)


def device_and_precision() -> tuple[torch.device, torch.dtype]:
    """Return the device and the precision to train with.

    A GPU if there is one; bfloat16 where the hardware multiplies it faster than float32.
    """
    if torch.cuda.is_available():
        device = torch.device("cuda")
        fast = torch.cuda.is_bf16_supported()
    else:
        device = torch.device("cpu")
        abilities = torch.cpu.get_capabilities()
        fast = bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))
    return device, torch.bfloat16 if fast else torch.float32
