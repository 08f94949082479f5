"""lm-eval: a file that is read without running code, and a configuration that names it."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from steering.vectors.exports.exported import Exported
from steering.vectors.exports.lm_eval import write

VECTOR = torch.tensor([0.5, -2.0, 1.0])


def test_the_file_holds_what_the_steered_model_reads(tmp_path: Path) -> None:
    exported = Exported(4, VECTOR, "add", "gpt2", "h.4", about={"model": "models/linnet"})
    path = write(exported, tmp_path / "v.pt")
    held = torch.load(path, weights_only=True)
    assert list(held) == ["h.4"]
    assert torch.equal(held["h.4"].pop("steering_vector"), VECTOR)
    assert held["h.4"] == {
        "steering_coefficient": 1.0, "action": "add", "bias": None, "head_index": None
    }  # fmt: skip
    assert json.loads((tmp_path / "v.yaml").read_text()) == {
        "model": "steered",
        "model_args": {"pretrained": "models/linnet", "steer_path": str(path)},
    }
