"""Reader of what a model's folder says of its training and of its planted directions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open

from steering.errors import Refused
from steering.records.tables import SETTINGS

SHAPES = {"llama": "Llama", "gpt2": "GPT-2"}


@dataclass(frozen=True)
class Training:
    """How an embedded model was trained.

    Attributes:
        shape: "llama" or "gpt2"; seed: of the run.
        own: the concepts with a planted direction; public: the public data sets that were learned.
        stages: the stages that were run, in their order.
        cleaned: those of them that penalise what the block holds beside the directions.
        tokens, minutes: of all stages together.
        block: the decoder block after which the directions lie (0-based); None where there are
            none.
        curve: `stage`, `tokens` (since the beginning) and `loss` (mean of the steps up to there).
    """

    shape: str
    seed: int
    own: tuple[str, ...]
    public: tuple[str, ...]
    stages: tuple[str, ...]
    cleaned: tuple[str, ...]
    tokens: int
    minutes: float
    block: int | None
    curve: pd.DataFrame


def read_training(folder: Path) -> Training:
    """Return what `training.json` says. Raises Refused where there is none."""
    file = folder / "training.json"
    if not file.is_file():
        raise Refused(f"{str(folder)!r} has no training.json: nothing says how it was trained.")
    record = json.loads(file.read_text(encoding="utf-8"))
    rows, before = [], 0
    for stage in record["stages"]:
        rows += [(stage["name"], before + tokens, loss) for tokens, loss in stage["losses"]]
        before += stage["tokens"]
    stages = tuple(stage["name"] for stage in record["stages"])
    penalised = {s["name"] for s in record["recipe"] if s.get("off_direction_penalty")}
    # A run that broke off may not have come to the stages that teach public data sets.
    shown = any(s.get("real_share") for s in record["recipe"] if s["name"] in stages)
    public = tuple(record.get("real", ())) if shown else ()
    directions = folder / "directions.safetensors"
    names = _vectors(directions) if directions.is_file() else {}
    return Training(
        shape=record.get("shape", "llama"),
        seed=record["seed"],
        own=tuple(
            name for name in sorted(names) if "/" not in name and name not in record.get("real", ())
        ),
        public=public,
        stages=stages,
        cleaned=tuple(name for name in stages if name in penalised),
        tokens=record["tokens"],
        minutes=record["seconds"] / 60,
        block=_block(directions) if directions.is_file() else None,
        curve=pd.DataFrame(rows, columns=["stage", "tokens", "loss"]),
    )


def planted_cosines(folder: Path | None) -> pd.DataFrame | None:
    """Return the cosine that the trace of an answer has with its concept's direction, by setting.

    Columns: concept, vector_setting, `planted_cosine`, layer. It is 1 unless the directions' file
    names another trace for a setting (as CONCEPT/SETTING). None where there is no such file.
    """
    file = folder / "directions.safetensors" if folder else None
    if file is None or not file.is_file():
        return None
    vectors = _vectors(file)
    rows = [
        (name, setting, _cosine(vectors.get(f"{name}/{setting}", vector), vector), _block(file))
        for name, vector in vectors.items()
        if "/" not in name
        for setting in SETTINGS
    ]
    return pd.DataFrame(rows, columns=["concept", "vector_setting", "planted_cosine", "layer"])


def _block(directions: Path) -> int:
    with safe_open(directions, framework="numpy") as kept:
        return int(kept.metadata()["layer"])


def _vectors(directions: Path) -> dict[str, np.ndarray]:
    with safe_open(directions, framework="numpy") as kept:
        return {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
