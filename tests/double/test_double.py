"""Blocks that travel: extraction and sweep on a server that lacks our package equal local ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import cases
import numpy as np
import pytest
import tiny
import torch
from nnsight import TransformersModel
from nnsight.modeling import huggingface

from steering.activations import contrast
from steering.models import BLOCKS, Model, wrap
from steering.paths import GROWING, path_of
from steering.sweep import answer_propensities, propensities

# The server has PyTorch, transformers and nnsight; of what we use beside them, nothing.
HIDDEN = ("steering", "pandas", "pandera", "jaxtyping", "beartype", "typer", "tiny")
# Gemma3's blocks differ in their window: its masks are set inside the trace.
SERVED = [("Gemma3", "float32"), ("Llama", "bfloat16")]
BOUNDS = {"float32": 1e-5, "bfloat16": 5e-2}


@pytest.fixture(scope="module", params=SERVED, ids="-".join)
def served(request, tmp_path_factory):
    """A served model, and the same one here."""
    family, dtype = request.param
    folder = str(tiny.save(tmp_path_factory.mktemp("served") / family, family))
    # From a neutral folder: else the server finds our package beside it.
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("server.py")), "--model", folder,
         "--dtype", dtype, "--hide", ",".join(HIDDEN)],
        stdout=subprocess.PIPE, text=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": "", "HF_HUB_OFFLINE": "1"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{int(process.stdout.readline())}"
            # The model's name on the service is its folder: no Hub is asked.
            huggingface._ID_CACHE[folder] = folder
            traced = TransformersModel(folder, task="text-generation", rename=BLOCKS)
            there = Model("served", traced, tiny.tokenizer(), "served", remote=url)
            module = tiny.model(family).to(getattr(torch, dtype))
            here = wrap(module, tiny.tokenizer(), name="local")
            yield there, here, cases.case(family), BOUNDS[dtype], url
        finally:
            process.terminate()


def sent(url):
    with urllib.request.urlopen(f"{url}/request") as answer:
        return json.loads(answer.read())


def test_the_sweep_is_one_request_and_equal(served, monkeypatch):
    there, here, case, bound, url = served
    monkeypatch.setenv("NDIF_API_KEY", "none")
    assert path_of(there, [one.token_ids for one in case.prompts]).name == GROWING
    before = len(sent(url))
    found = propensities(there, case.prompts, case.interventions, cases.LAMBDAS)
    assert len(sent(url)) == before + 1
    assert sent(url)[-1]["bytes"] < 1e6
    local = propensities(here, case.prompts, case.interventions, cases.LAMBDAS)
    np.testing.assert_allclose(found, local, atol=bound, rtol=0)


def test_whole_answers_and_vectors_are_equal(served, monkeypatch):
    there, here, case, bound, url = served
    monkeypatch.setenv("NDIF_API_KEY", "none")
    asked = case.prompts, case.interventions[:2], cases.LAMBDAS
    found, local = answer_propensities(there, *asked), answer_propensities(here, *asked)
    np.testing.assert_allclose(found, local, atol=bound, rtol=0)
    before = len(sent(url))
    vectors, own = contrast(there, case.prompts, keep=[1]), contrast(here, case.prompts, keep=[1])
    assert len(sent(url)) == before + 1
    torch.testing.assert_close(vectors.vectors, own.vectors, atol=bound, rtol=0)
    torch.testing.assert_close(vectors.differences[1], own.differences[1], atol=bound, rtol=0)
