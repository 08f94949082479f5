"""`steering check`: what it says of a model, and that it says no."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from typer.testing import CliRunner

from steering.cli import main
from steering.errors import Refused
from steering.forward import feeding, reference, routes, sweep
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


def test_it_says_how_weights_are_stored():
    told = {"quantisation": "fp8, undone"}
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="mine", weights=told)
    assert lines(check_loaded(model, tiny.concept()))[1] == "quantisation fp8, undone"


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


LOWER = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])


@LOWER
@pytest.mark.parametrize("family", ["Llama", "Gemma2", "Bloom"])
def test_in_a_lower_precision_the_letters_difference_itself_is_bounded(family, dtype, monkeypatch):
    model = wrap(tiny.model(family).to(dtype), tiny.tokenizer(), name="mine")
    made = check_loaded(model, tiny.concept())
    bound = made.bounds["propensity"]
    assert made.differences["propensity"] < bound
    right = check.propensities
    monkeypatch.setattr(check, "propensities", lambda *asked: right(*asked) + 2 * bound)
    with pytest.raises(Refused, match=r"propensity that is .* away from the one of plain hooks"):
        check_loaded(model, tiny.concept())


@LOWER
def test_in_a_lower_precision_a_mask_that_shows_a_neighbour_is_refused(dtype, monkeypatch):
    model = wrap(tiny.model("Llama").to(dtype), tiny.tokenizer(), name="mine")
    right = feeding.additive_mask

    def spoilt(visible, *asked):
        mask = right(visible, *asked)
        column = torch.arange(visible.shape[-1])[1:]
        mask[:, 0, column, column - 1] = 0
        return mask

    # As if the route had been proved.
    monkeypatch.setattr(sweep, "route_of", lambda *_: routes.Route(routes.PACKED, 0.0))
    check_loaded(model, tiny.concept())
    monkeypatch.setattr(feeding, "additive_mask", spoilt)
    with pytest.raises(Refused, match=r"propensity that is .* away from the one of plain hooks"):
        check_loaded(model, tiny.concept())


def test_what_rounding_explains_is_an_epsilon_of_each_letters_logit():
    letters = torch.tensor([[30.0, -50.0], [-1.0, 20.0]])

    def explained(dtype):
        return check.letters_rounding(SimpleNamespace(dtype=dtype, depth=3), letters)

    # A logit counts as 3 at least.
    torch.testing.assert_close(explained(torch.bfloat16), torch.tensor([80.0, 23.0]) / 2**7)
    torch.testing.assert_close(explained(torch.float16), torch.tensor([80.0, 23.0]) / 2**10)
    # In float32 it is a share of the largest propensity.
    torch.testing.assert_close(explained(torch.float32), torch.tensor([0.08, 0.08]))


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
