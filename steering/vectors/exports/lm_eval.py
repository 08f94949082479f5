"""Files for the model `steered` of lm-evaluation-harness: a vector, and a configuration beside it.

That model reads nothing but a file of `torch.save`. Only a tensor, numbers and strings are in it,
so that `torch.load(weights_only=True)` reads it too.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from steering.storage import replaced
from steering.vectors.exports.exported import Exported


def write(exported: Exported, path: Path) -> Path:
    """Return the path of the vector's file; beside it, with the ending .yaml, a configuration."""
    held = {
        "steering_vector": exported.vector.contiguous(),
        "steering_coefficient": 1.0,
        "action": "add",
        "bias": None,
        "head_index": None,
    }
    with replaced(path) as temporary:
        torch.save({exported.block: held}, temporary)
    name = (exported.about or {}).get("model", "MODEL")
    model = {"pretrained": name, "steer_path": str(path.resolve())}
    settings = {"model": "steered", "model_args": model}
    with replaced(path.with_suffix(".yaml")) as temporary:  # JSON is YAML
        temporary.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return path
