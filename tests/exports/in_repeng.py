"""Logits of a model with an export in repeng, whose Python runs this file.

`in_repeng.py MODEL FILE LAYER TOKENS` prints them as JSON.
"""

from __future__ import annotations

import json
import sys

import torch
from repeng import ControlModel, ControlVector
from transformers import AutoModelForCausalLM

folder, file, layer, ids = sys.argv[1:]
vector = ControlVector.import_gguf(file)
model = ControlModel(AutoModelForCausalLM.from_pretrained(folder), [int(layer)])
assert vector.model_type == model.config.model_type
model.set_control(vector, 1.0)
with torch.no_grad():
    print(json.dumps(model(torch.tensor([json.loads(ids)])).logits[0].tolist()))
