"""Logits of a model with an export in steering-vectors, whose Python runs this file.

`in_steering_vectors.py MODEL FILE LAYER TOKENS` prints them as JSON.
"""

from __future__ import annotations

import json
import sys

import torch
from safetensors import safe_open
from steering_vectors import SteeringVector, steering_operators
from transformers import AutoModelForCausalLM

folder, file, layer, ids = sys.argv[1:]
with safe_open(file, framework="pt") as held:
    about = held.metadata()
    layers = {int(name): held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
assert list(layers) == [int(layer)]
model = AutoModelForCausalLM.from_pretrained(folder)
operator = getattr(steering_operators, f"{about['operator']}_operator")()
vector = SteeringVector(layers, about["layer_type"])
with torch.no_grad(), vector.apply(model, operator=operator):
    print(json.dumps(model(torch.tensor([json.loads(ids)])).logits[0].tolist()))
