"""Logits of a model with an export in llama.cpp, by the Python that has its bindings.

`in_llama_cpp.py MODEL FILE LAYER TOKENS` prints them as JSON. The bindings have no loader for
control vectors: the file is laid out as llama.cpp's own does it (`common_control_vector_load_one`),
the direction of layer N at (N - 1) × width.
"""

from __future__ import annotations

import json
import sys
from ctypes import POINTER, c_float

import llama_cpp
import numpy as np
from gguf import GGUFReader

model, file, layer, tokens = sys.argv[1:]
ids = json.loads(tokens)
loaded = llama_cpp.Llama(
    model,
    n_ctx=64,
    n_threads=1,
    n_threads_batch=1,
    logits_all=True,
    verbose=False,
    type_k=llama_cpp.GGML_TYPE_F32,  # by itself it keeps keys and values in half precision
    type_v=llama_cpp.GGML_TYPE_F32,
)
width, depth = loaded.n_embd(), llama_cpp.llama_model_n_layer(loaded.model)
data = np.zeros(depth * width, np.float32)
for tensor in GGUFReader(file).tensors:
    at = int(tensor.name.removeprefix("direction."))
    assert at == int(layer) > 0
    assert (tensor.tensor_type.name, len(tensor.shape)) == ("F32", 1)
    data[(at - 1) * width : at * width] = tensor.data
buffer = data.ctypes.data_as(POINTER(c_float))
failed = llama_cpp.llama_set_adapter_cvec(loaded.ctx, buffer, data.size, width, 1, depth)
assert failed == 0
loaded.eval(ids)
print(json.dumps(loaded.scores[: len(ids)].tolist()))
