"""Models as users bring them: families, templates, precisions, devices; by the command line."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from accelerate import hooks

from steering.analysis.summary import summary
from steering.cli import main
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.sweep import propensities
from steering.models.loading import load_model
from steering.prompts.rendering import render
from steering.records.results import read_results
from tests.support import gguf_files, multimodal, tiny

FEW = ["--test-groups", "1", "--train-groups", "2", "--layers", "1"]
EXAMPLE = Path(__file__).parents[1] / "book" / "example" / "early-riser.jsonl"
DATA = os.environ.get("STEERING_DATA")


@dataclass
class Brought:
    """A model as a user brings it, and what must be said of it."""

    family: str
    dtype: str = "float32"
    joined: bool = False
    template: str | None = tiny.TEMPLATE
    options: dict[str, object] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    said: str = "read at the letter, “A” or “B”, and added at the token before it, “(”"


BROUGHT = {
    "Llama, head tied to the embeddings": Brought("Llama", options={"tie_word_embeddings": True}),
    "Qwen2, bfloat16, (A as one token": Brought(
        "Qwen2", "bfloat16", joined=True, said="read at the letter, “(A” or “(B”, and added"
    ),
    "Gemma2, no system role": Brought(
        "Gemma2", template=tiny.NO_SYSTEM, left_out=("SYS_POS",), said="cannot express it: SYS_POS."
    ),
    "Gemma3, a system message within the user's turn": Brought(
        "Gemma3",
        template=tiny.FOLDED,
        left_out=("SYS_POS",),
        said="writes a system message into the user's turn, which is no system role",
    ),
    "GPT-2, no template": Brought("GPT-2", template=None, said="no chat template: a plain default"),
    "GPT-NeoX, float16": Brought("GPT-NeoX", "float16"),
    "Qwen3": Brought("Qwen3"),
}


def steering(monkeypatch, capsys, *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["steering", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    printed = capsys.readouterr()
    assert ended.value.code in (0, None), printed.err
    return " ".join(printed.out.split())


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", BROUGHT)
def test_a_model_is_measured_as_it_is(name, tmp_path, monkeypatch, capsys):
    one = BROUGHT[name]
    tiny.save(tmp_path / "model", one.family, **one.options)
    tiny.tokenizer(one.joined, one.template).save_pretrained(tmp_path / "model")
    if one.template is None:
        (tmp_path / "model" / "chat_template.jinja").unlink(missing_ok=True)
    shown = steering(
        monkeypatch, capsys, "measure", tmp_path / "model", EXAMPLE, "--out", tmp_path / "run",
        *FEW, "--settings", "BASE,SYS_POS", "--dtype", one.dtype,
    )  # fmt: skip
    results = read_results([tmp_path / "run"])
    card = results.cards[0]
    assert one.said in shown
    assert tuple(card["settings_left_out"]) == one.left_out
    assert card["dtype"] == one.dtype
    assert card["prompting"]["template"] == ("chat" if one.template else "none")
    assert card["prompting"]["system_role"] == (not one.left_out)
    settings = {"BASE", "SYS_POS"} - {*one.left_out}
    pairs = {(row["vector_setting"], row["prompt_setting"]) for row in summary(results)}
    assert pairs == {(vector, prompt) for vector in settings for prompt in settings}
    assert results.sweep["propensity"].notna().all()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("GGUF", "How the model's weights are stored: GGUF, Q8_0 (23 Q8_0, 7 F32), undone"),
        ("adapter", "The model is an adapter, adapter (LORA), merged into its base: base@"),
        ("multimodal", "multimodal, layer 1"),
    ],
)
def test_another_kind_of_checkpoint_is_measured(kind, told, tmp_path, monkeypatch, capsys):
    place = tmp_path / kind
    if kind == "GGUF":
        place = tmp_path / "tiny.gguf"
        gguf_files.write(place, "Q8_0")
    elif kind == "adapter":
        tiny.save_adapter(place, str(tiny.save(tmp_path / "base")))
    else:
        multimodal.save(place, "Qwen2VL")
    asked = ["measure", place, EXAMPLE, "--out", tmp_path / "run", *FEW, "--settings", "BASE"]
    shown = steering(monkeypatch, capsys, *asked)
    assert told in shown
    results = read_results([tmp_path / "run"])
    assert results.cards[0]["model"]["name"] == place.stem
    assert results.sweep["propensity"].notna().all()
    # What is there is not measured again.
    loaded = load_model(str(place))
    monkeypatch.setattr("steering.models.loading.wrap", None)
    assert steering(monkeypatch, capsys, *asked) == shown
    assert loaded.revision == results.cards[0]["model"]["revision"]


def test_all_items_are_asked_for_by_that_word(monkeypatch):
    plans = []

    class StopError(Exception):
        pass

    def noted(model, concept, plan, *_, **__):
        plans.append(plan)
        raise StopError

    monkeypatch.setattr(main, "measure_concept", noted)
    for items in (["--test-groups", "all"], ["--test-groups", "7"], []):
        monkeypatch.setattr(sys, "argv", ["steering", "measure", "m", "c", "--out", "o", *items])
        with pytest.raises(StopError):
            main.main()
    assert [plan.test_groups for plan in plans] == [None, 7, 50]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_options_by_their_old_names_measure_the_same_and_say_so(tmp_path, monkeypatch, capsys):
    tiny.save(tmp_path / "model")
    common = ["measure", tmp_path / "model", EXAMPLE, "--settings", "BASE", "--layers", "1"]
    steering(monkeypatch, capsys, *common, "--out", tmp_path / "new",
             "--test-groups", "3", "--train-groups", "2")  # fmt: skip
    old = [*common, "--out", tmp_path / "old", "--items", "3", "--train-items=2"]
    monkeypatch.setattr(sys, "argv", ["steering", *map(str, old)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    told = " ".join(capsys.readouterr().err.split())
    assert ended.value.code in (0, None), told
    assert "--items is called --test-groups now" in told
    assert "--train-items is called --train-groups now" in told
    found, expected = (read_results([tmp_path / name]).sweep for name in ("old", "new"))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.skipif(not DATA, reason="STEERING_DATA names no folder of public data sets")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["openness", "coordinate-itself", "sycophancy_test"])
def test_a_public_set_is_measured(name, tmp_path, monkeypatch, capsys):
    tiny.save(tmp_path / "model")
    shown = steering(
        monkeypatch, capsys, "measure", tmp_path / "model", name, "--out", tmp_path / "run",
        *FEW, "--settings", "BASE", "--data-dir", DATA,
    )  # fmt: skip
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert f"{name} on model, layer 1" in shown
    assert card["concept"]["as_published"] is True
    assert card["concept"]["source"] == "public"
    assert card["concept"]["origin"].startswith("https://raw.githubusercontent.com/")
    known = read_results([tmp_path / "run"]).prompts["positive_is_yes"].notna()
    assert known.all() if name == "openness" else True
    assert not known.any() if name == "sycophancy_test" else True


def test_blocks_under_the_hooks_that_accelerate_sets_are_measured_alike(tmp_path):
    """Over several GPUs each block moves its inputs to where it lies, by a hook like this one."""
    folder = str(tiny.save(tmp_path / "model"))
    plain, spread = load_model(folder, device="cpu"), load_model(folder, device="cpu")
    moved = []

    class Noted(hooks.AlignDevicesHook):
        def pre_forward(self, module, *args, **kwargs):
            moved.append(module)
            return super().pre_forward(module, *args, **kwargs)

    for block in spread.module.model.layers:
        hooks.add_hook_to_module(block, Noted(execution_device="cpu", io_same_device=True))
    concept = tiny.concept(12)
    prompts = [render(concept, item, "BASE", 0, plain.tokenizer) for item in concept.items]
    made = contrast(plain, prompts)
    torch.testing.assert_close(contrast(spread, prompts).mean, made.mean)
    pushed = [Intervention("BASE", "contrastive", at, made.mean[at]) for at in range(3)]
    scores = [propensities(model, prompts, pushed, (-1.0, 0.0, 1.0)) for model in (plain, spread)]
    np.testing.assert_allclose(scores[1], scores[0], atol=1e-5)
    assert len(moved) > 6


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_replies_by_a_run_are_those_by_the_same_items(tmp_path, monkeypatch, capsys):
    tiny.save(tmp_path / "model")
    common = [tmp_path / "model", EXAMPLE]
    few = ["--train-groups", "5"]
    steering(
        monkeypatch, capsys, "measure", *common, "--out", tmp_path / "run", "--test-groups", "1",
        "--settings", "BASE", *few,
    )  # fmt: skip
    asked = ["generate", *common, "--prompt", "Hello?", "--prompt", "And you?", "--tokens", "5"]
    asked += ["--multipliers=-40,0,40"]
    by_run = steering(monkeypatch, capsys, *asked, "--run", tmp_path / "run")
    assert by_run == steering(monkeypatch, capsys, *asked, *few)
    layer = read_results([tmp_path / "run"]).cards[0]["layer"]
    assert by_run.startswith(f"layer {layer} ")
    other = steering(monkeypatch, capsys, *asked, "--run", tmp_path / "run", "--layer", 2 - layer)
    assert other != by_run
    shown = steering(monkeypatch, capsys, "vectors", "show", tmp_path / "run/vector.safetensors")
    assert "BASE │ 3" in shown
    assert f"layer: {layer}" in shown


def test_a_run_of_another_concept_is_refused(tmp_path, monkeypatch, capsys):
    pd.DataFrame().to_parquet(tmp_path / "items.parquet")
    card = {"model": {"name": "model"}, "concept": {"name": "other"}, "layer": 0}
    (tmp_path / "card.json").write_text(json.dumps(card))
    folder = tiny.save(tmp_path / "model")
    asked = ["generate", str(folder), str(EXAMPLE), "--prompt", "?", "--run", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["steering", *asked])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert "is of concept 'other', not 'early-riser'" in capsys.readouterr().err
