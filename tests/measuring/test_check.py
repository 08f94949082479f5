"""`steering check`: what it says of a model, and that it says no."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from steering.cli import main
from steering.errors import Refused
from steering.forward import reference
from steering.measuring import check
from steering.measuring.check import check_loaded, lines
from steering.models.loading import wrap
from tests.support import cases, tiny


@pytest.mark.parametrize(
    ("family", "joined", "steered", "read", "route"),
    [("Llama", False, "(", ("A", "B"), "packed, growing"),
     ("Mistral", True, "<|assistant|>", ("(A", "(B"), "packed, growing"),
     ("Bloom", False, "(", ("A", "B"), "row by row")],
)  # fmt: skip
def test_it_says_what_is_read_and_steered(family, joined, steered, read, route):
    model = wrap(tiny.model(family), tiny.tokenizer(joined), name="mine")
    made = check_loaded(model, tiny.concept())
    assert made.steered == (len(made.prompt.token_ids) - 1, steered)
    assert made.read == tuple((len(made.prompt.token_ids), text) for text in read)
    assert made.route == route
    assert max(made.differences.values()) < 1e-4
    said = "\n".join(lines(made))
    assert f"route        {route}" in said
    assert repr(steered) in said


def test_other_positions_are_held_to_plain_hooks_too(monkeypatch):
    prompts = check._prompts
    monkeypatch.setattr(
        check, "_prompts", lambda *asked: cases.moved(prompts(*asked), earlier=1, behind=1)
    )
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="mine")
    made = check_loaded(model, tiny.concept())
    size = len(made.prompt.token_ids)
    assert made.steered == (size - 2, "<|assistant|>")
    assert made.read == ((size + 1, ")"), (size + 1, ")"))
    assert max(made.differences.values()) < 1e-4


@pytest.mark.parametrize(
    ("name", "what"), [("reference_logits", "propensity"), ("reference_residuals", "vector")]
)
def test_what_is_off_is_refused(name, what, monkeypatch):
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="mine")
    right = getattr(reference, name)
    monkeypatch.setattr(check, name, lambda *asked, **options: right(*asked, **options) * 1.5)
    with pytest.raises(Refused, match=rf"{what} that is .* away from the one of plain hooks"):
        check_loaded(model, tiny.concept())


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(main, "load_concept", lambda *_: tiny.concept())
    folder = str(tiny.save(tmp_path / "mine"))
    ran = CliRunner().invoke(main.app, ["check", folder, "--dtype", "bfloat16"])
    assert ran.exit_code == 0, ran.output
    assert "from float32 at most" in ran.output
    refused = CliRunner().invoke(main.app, ["check", str(tmp_path / "none")])
    assert isinstance(refused.exception, Refused)


def test_the_model_and_its_precision_are_said():
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="mine")
    made = check_loaded(model, tiny.concept())
    said = lines(replace(made, lower_precision={"steerability": 0.25}))
    assert "mine: LlamaForCausalLM, 3 layers of 32" in said[0]
    assert said[0].endswith("float32 on cpu")
    assert said[-1] == "steerability 2.5e-01 from float32 at most"
