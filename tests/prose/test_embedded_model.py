"""What is said of a model of ours follows from its files and results."""

from __future__ import annotations

import dataclasses

import pandas as pd

from steering.analysis.embedded_model import slopes_by_kind as by_kind
from steering.prose import embedded_model as told
from steering.records.kinds import OURS, PUBLIC
from steering.records.training import Training
from tests.support.synthetic import DESIGNS, standard

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


def test_the_trained_block_is_where_the_layer_was_chosen() -> None:
    kind = dict.fromkeys(DESIGNS, OURS) | {"weak": PUBLIC}
    layers = by_kind(standard(), kind)
    said = told.layers_sentences(layers, 4)
    assert "found there for 5 of 5 concepts of ours and 1 of 1 public data sets." in said
    assert "0 of 5 concepts of ours" in told.layers_sentences(layers, 2)
    assert told.layers_sentences(layers, None).startswith("This model's folder names no block")


def test_stages_have_a_row_each() -> None:
    rows = told.stages_table(WREN).data.splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| persona", "| clean"]
    assert "what else block 4 holds" in rows[3]


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
