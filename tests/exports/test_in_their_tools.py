"""Exports, in the tools that they are for: the logits with a vector equal those of plain hooks.

Run by `make test-exports`, which makes the environment of the tools.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from steering.measuring.export import export
from steering.vectors.exports.exported import Exported
from steering.vectors.files import load_vectors, save_vectors
from steering.vectors.tools import write_for
from tests.support import gguf_files, oracle

pytestmark = pytest.mark.exports
IDS = list(range(5, 25))
RUNS = {"wren": "llama", "linnet": "gpt2"}
SCRIPTS = {
    "gguf": "in_llama_cpp.py",
    "repeng": "in_repeng.py",
    "steering-vectors": "in_steering_vectors.py",
}
# That of float32, through two versions of transformers and llama.cpp's own arithmetic.
PRECISION = 1e-4


@pytest.fixture(scope="session")
def tools(clone: Path) -> Path:
    python = clone / ".venv-exports" / "bin" / "python"
    assert python.exists(), "the tools have an environment of their own: run `make test-exports`"
    return python


def run(*command: object, **environment: str) -> str:
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)),
        env={**variables, **offline, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def in_tool(python: Path, tool: str, model: Path, file: Path, layer: int) -> torch.Tensor:
    script = Path(__file__).parent / SCRIPTS[tool]
    shown = run(python, script, model, file, layer, json.dumps(IDS))
    return torch.tensor(json.loads(shown.splitlines()[-1]))


def hooked(module: Any, layer: int, steer: oracle.Steer) -> torch.Tensor:
    return oracle.logits(module, layer, steer, IDS)


def require_equal(found: torch.Tensor, ours: torch.Tensor, plain: torch.Tensor) -> None:
    assert (ours - plain).abs().max() > 100 * PRECISION, "the vector changes nothing"
    torch.testing.assert_close(found, ours, atol=PRECISION, rtol=0)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("tool", ["steering-vectors", "repeng"])
def test_a_measured_vector_does_the_same_there(name, tool, tools, clone, tmp_path):
    folder, file = clone / "measured" / "runs" / name / "openness", tmp_path / "vector"
    file = file.with_suffix({"repeng": ".gguf"}.get(tool, ".safetensors"))
    path, exported = export(folder, tool, file, multiplier=1.5)
    module = AutoModelForCausalLM.from_pretrained(clone / "models" / name)
    kept = load_vectors(folder / "vector.safetensors")[0][f"BASE/{exported.layer}"]
    ours = hooked(module, exported.layer, oracle.adding(1.5 * kept))
    plain = hooked(module, exported.layer, lambda hidden: hidden)
    found = in_tool(tools, tool, clone / "models" / name, path, exported.layer)
    require_equal(found, ours, plain)


def test_steering_vectors_ablates_and_adds(tools, clone, tmp_path):
    measured = clone / "measured" / "runs" / "wren" / "openness"
    (tmp_path / "card.json").write_bytes((measured / "card.json").read_bytes())
    kept = load_vectors(measured / "vector.safetensors")[0]
    base = torch.stack([kept[f"BASE/{layer}"] for layer in range(8)])
    file = save_vectors(
        {"BASE": base}, tmp_path / "vector.safetensors", {"operation": "ablate_add"}
    )
    path, exported = export(file.parent, "steering-vectors", tmp_path / "v.safetensors")
    module = AutoModelForCausalLM.from_pretrained(clone / "models" / "wren")
    change = oracle.OPERATORS["ablate_add"]
    vector = base[exported.layer]
    ours = hooked(module, exported.layer, lambda hidden: change(hidden, vector, 1.0, vector))
    added = hooked(module, exported.layer, oracle.adding(vector))
    found = in_tool(tools, "steering-vectors", clone / "models" / "wren", path, exported.layer)
    require_equal(found, ours, added)


@pytest.mark.parametrize("layer", [1, 2])
def test_llama_cpp_adds_it_behind_the_same_block(layer, tools, tmp_path):
    module = gguf_files.write(tmp_path / "tiny.gguf")
    vector = torch.randn(32, generator=torch.Generator().manual_seed(layer))
    file = write_for(
        "gguf",
        Exported(layer, vector, operator="add", family="llama", block=f"layers.{layer}"),
        tmp_path / "vector.gguf",
    )
    ours = hooked(module, layer, oracle.adding(vector))
    plain = hooked(module, layer, lambda hidden: hidden)
    require_equal(in_tool(tools, "gguf", tmp_path / "tiny.gguf", file, layer), ours, plain)


TASK = """
task: letters
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: ["yes", "no"]
doc_to_target: "{{{{label}}}}"
"""


@pytest.mark.parametrize("name", RUNS)
def test_lm_eval_runs_a_task_with_it(name, tools, clone, tmp_path):
    model = copied(clone / "models" / name, tmp_path / name)
    folder, questions = clone / "measured" / "runs" / name / "openness", ["Do you read?", "New?"]
    rows = [{"question": one, "label": at} for at, one in enumerate(questions)]
    (tmp_path / "tasks").mkdir()
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "tasks" / "letters.yaml").write_text(TASK.format(file=tmp_path / "rows.jsonl"))
    path, exported = export(
        folder, "lm-eval", tmp_path / "vector.pt", multiplier=1.5, model=str(model)
    )
    run(
        tools, "-m", "lm_eval", "run", "--config", path.with_suffix(".yaml"), "--tasks", "letters",
        "--include_path", tmp_path / "tasks", "--output_path", tmp_path / "out", "--log_samples",
        "--device", "cpu", "--batch_size", "1", HF_HOME=str(tmp_path / "cache"),
    )  # fmt: skip
    (samples,) = (tmp_path / "out").rglob("samples_letters*.jsonl")
    found = [json.loads(line)["filtered_resps"] for line in samples.read_text().splitlines()]
    module = AutoModelForCausalLM.from_pretrained(clone / "models" / name)
    tokenizer = AutoTokenizer.from_pretrained(clone / "models" / name)
    steered = oracle.adding(exported.vector)
    for question, pair in zip(questions, found, strict=True):
        for choice, (said, _) in zip((" yes", " no"), pair, strict=True):
            start, whole = tokenizer.encode(question), tokenizer.encode(question + choice)
            ours, without = (
                likelihood(oracle.logits(module, exported.layer, change, whole), whole, len(start))
                for change in (steered, lambda hidden: hidden)
            )
            assert float(said) == pytest.approx(ours, abs=1e-3)
            assert abs(ours - without) > 0.01


def likelihood(logits: torch.Tensor, ids: list[int], start: int) -> float:
    """The log-likelihood of the tokens from `start` on."""
    scores = logits.log_softmax(-1)
    return sum(float(scores[at - 1, ids[at]]) for at in range(start, len(ids)))


def copied(model: Path, to: Path) -> Path:
    """A copy whose tokenizer is described as transformers 4 describes the same one."""
    to.mkdir()
    for file in model.iterdir():
        if file.is_file():
            (to / file.name).write_bytes(file.read_bytes())
    written = json.loads((to / "tokenizer_config.json").read_text())
    kept = {name: written[name] for name in ("eos_token", "pad_token", "model_max_length")}
    about = {**kept, "tokenizer_class": "PreTrainedTokenizerFast"}
    (to / "tokenizer_config.json").write_text(json.dumps(about))
    return to
