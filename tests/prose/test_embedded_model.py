"""What is said of a model of ours follows from its files and results."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest
from IPython.display import Markdown

from steering.analysis.embedded_model import (
    accuracy,
    answers,
    calibration,
    kinds,
    planted_intercepts,
)
from steering.analysis.embedded_model import slopes_by_kind as by_kind
from steering.figures.caption import Captioned
from steering.prose import embedded_model as told
from steering.records.kinds import OURS, PUBLIC
from steering.records.training import Training
from tests.support.synthetic import DESIGNS, standard, standard_curves

CURVE = pd.DataFrame(
    [("persona", 2e6, 1.5), ("clean", 3e6, 0.8)], columns=["stage", "tokens", "loss"]
)
WREN = Training(
    shape="llama",
    seed=5,
    own=("a", "b"),
    public=(),
    stages=("persona", "clean"),
    cleaned=("clean",),
    tokens=3_000_000,
    minutes=4,
    block=4,
    curve=CURVE,
)
CARD = {
    "model": {
        "name": "wren",
        "architecture": "LlamaForCausalLM",
        "layers": 8,
        "width": 128,
        "parameters": 2_230_400,
    }
}


def test_what_a_model_is_comes_from_its_files() -> None:
    assert told.about(CARD, WREN) == (
        "**wren** has the shape of Llama (`LlamaForCausalLM`): 8 blocks, 128 wide, 2.23 million "
        "parameters. We trained it from nothing on 3.0 million tokens (seed 5). It learned 2 "
        "concepts of ours, with planted truth."
    )
    both = dataclasses.replace(WREN, public=("openness",))
    assert "and 1 public data set, without planted slopes." in told.about(CARD, both)


def test_trained_is_what_was_in_a_loss_and_the_rest_emerged() -> None:
    both = dataclasses.replace(WREN, public=("openness",))
    assert "public data set" not in told.trained(WREN) + told.emerged(WREN)
    assert "None of their personas was ever added as a vector" in told.trained(both)
    assert "How far any vector moves an answer about a public data set" in told.emerged(both)
    assert "in stage *clean*" in told.trained(WREN)
    assert "stage *clean* only made it small" in told.emerged(WREN)
    short = dataclasses.replace(WREN, cleaned=())
    assert "made small" not in told.trained(short)
    assert "block 4" in told.emerged(short)


def test_ours_and_public_sets_are_counted_apart() -> None:
    whole = standard()
    kind = kinds(whole, []) | {"weak": PUBLIC}
    found = accuracy(answers(whole, kind), ["kind"])
    ours, public = told.accuracy_sentences(found).splitlines()
    assert ours.startswith("- On our concepts, where the teacher asks for more than 0.4 logits")
    assert "**100\u202f%** of 2000 prompts" in ours
    assert "**50\u202f%** of 320 prompts" in public
    assert told.accuracy_sentences(found.iloc[:0]).startswith("Nothing was asked")


def test_the_trained_block_is_where_the_layer_was_chosen() -> None:
    kind = dict.fromkeys(DESIGNS, OURS) | {"weak": PUBLIC}
    layers = by_kind(standard(), kind)
    said = told.layers_sentences(layers, 4)
    assert "found there for 5 of 5 concepts of ours and 1 of 1 public data sets." in said
    assert "0 of 5 concepts of ours" in told.layers_sentences(layers, 2)
    assert told.layers_sentences(layers, None).startswith("This model's folder names no block")


def test_stages_and_calibration_have_a_row_each() -> None:
    rows = told.stages_table(WREN).data.splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| persona", "| clean"]
    assert "what else block 4 holds" in rows[3]
    table = told.calibration_table(
        calibration(planted_intercepts(standard_curves()), ["prompt_setting"])
    )
    assert len(table.data.splitlines()) == 7


def test_replies_are_folded_and_where_there_are_none_it_is_said() -> None:
    one = {"statement": "I run", "item": 1, "multiplier": 0.0, "text": "(A) Yes"}
    cards = [
        {"concept": {"title": "Tidy"}, "generations": [one]},
        {"concept": {"title": "Openness"}, "generations": [], "committed": {"machine": {}}},
        {"concept": {"title": "Brave"}},
    ]
    fold, kept, none = told.replies(cards).data.rsplit("\n\n", 2)
    assert fold.startswith("<details>\n<summary>Tidy</summary>\n\n| λ |")
    assert fold.endswith("</details>")
    assert kept.startswith("There are none for Openness: these results come with the project")
    assert none == "No replies were written in the runs of Brave."


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    shown: list[Any] = []
    monkeypatch.setattr(told, "display", lambda *each: shown.extend(each))
    return shown


def test_what_was_not_asked_or_planted_is_said_in_a_sentence(displayed: list[Any]) -> None:
    whole = standard()
    told.show_calibration(
        planted_intercepts(standard_curves().assign(planted_intercept=float("nan")))
    )
    told.show_accuracy(answers(whole, kinds(whole, [])).iloc[:0])
    assert len(displayed) == 2
    assert all(isinstance(one, Markdown) and one.data for one in displayed)


def test_answers_and_calibration_have_a_figure_each(displayed: list[Any]) -> None:
    whole = standard()
    told.show_accuracy(answers(whole, kinds(whole, [])))
    said, figure = displayed
    assert said.data.startswith("- On our concepts")
    assert figure.n == "80 prompts in a cell"
    displayed.clear()
    told.show_calibration(planted_intercepts(standard_curves()))
    figure, table = displayed
    assert isinstance(figure, Captioned)
    assert "the middle 90\u202f% of the prompts" in figure.interval
    assert len(table.data.splitlines()) == 2 + 5
