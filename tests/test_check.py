"""`steering check`: what it says of a model, and that it says no."""

from __future__ import annotations

import pytest
import tiny
from typer.testing import CliRunner

from steering import check, cli, plain
from steering.check import check_loaded, lines
from steering.errors import Refused
from steering.models import wrap


@pytest.mark.parametrize(
    ("family", "joined", "steered", "read", "path"),
    [("Llama", False, "(", ("A", "B"), "packed, growing"),
     ("Mistral", True, "<|assistant|>", ("(A", "(B"), "packed, growing"),
     ("Bloom", False, "(", ("A", "B"), "row by row")],
)  # fmt: skip
def test_it_says_what_is_read_and_steered(family, joined, steered, read, path):
    model = wrap(tiny.model(family), tiny.tokenizer(joined), name="mine")
    made = check_loaded(model, tiny.concept())
    assert made.steered == (len(made.prompt.token_ids) - 1, steered)
    assert made.read == tuple((len(made.prompt.token_ids), text) for text in read)
    assert made.path == path
    assert max(made.differences.values()) < 1e-4
    said = "\n".join(lines(made))
    assert f"path         {path}" in said
    assert repr(steered) in said


def test_a_path_that_is_off_is_refused(monkeypatch):
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="mine")
    off = plain.plain_logits
    monkeypatch.setattr(check, "plain_logits", lambda *args: off(*args) * 1.5)
    with pytest.raises(Refused, match=r"propensity that is .* away from the one of plain hooks"):
        check_loaded(model, tiny.concept())


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "load_concept", lambda *_: tiny.concept())
    folder = str(tiny.save(tmp_path / "mine"))
    ran = CliRunner().invoke(cli.app, ["check", folder, "--dtype", "bfloat16"])
    assert ran.exit_code == 0, ran.output
    assert "from float32 at most" in ran.output
    refused = CliRunner().invoke(cli.app, ["check", str(tmp_path / "none")])
    assert isinstance(refused.exception, Refused)
