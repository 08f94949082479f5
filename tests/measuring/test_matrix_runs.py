"""The runs of a matrix: their questions as a model sees them, their vectors, their identities."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from steering.concepts import statement_hash
from steering.concepts.pairs import pairs_of
from steering.errors import Refused
from steering.measuring.matrix_runs import (
    FinishedRun,
    asked_hash,
    finished_run,
    matrix_code,
    prompts_of,
    trained_on,
    vector_hash,
)
from steering.measuring.measure import measure
from steering.measuring.stand_ins import commit
from steering.prompts.rendering import render
from steering.prompts.requests import asked
from steering.prompts.said import render_said
from steering.storage import write_json
from steering.vectors.files import load_vectors
from tests.support import tiny
from tests.support.small import SMALL


@pytest.fixture
def run(done, tmp_path):
    """A copy of the complete run, which a test may change."""
    shutil.copytree(done[0], tmp_path / "thrift")
    return tmp_path / "thrift"


def test_its_questions_are_the_prompts_that_a_model_was_asked(done):
    folder, results = done
    tested = results.items.loc[results.items["split"] == "test", "item"]
    prompts = prompts_of(finished_run(folder))
    assert len(prompts) == 2 * len(tested)
    concept = tiny.concept()
    for prompt in prompts:
        item = concept.items[prompt.item]
        whole = render(concept, item, "BASE", prompt.order, tiny.tokenizer())
        for part in ("concept", "item", "order", "token_ids", "positions", "letter_ids",
                     "positive_letter", "prompt_setting", "form", "partner"):  # fmt: skip
            assert getattr(prompt, part) == getattr(whole, part), part


def test_its_vector_is_that_of_the_file(done):
    folder, _ = done
    run = finished_run(folder)
    tensors, _ = load_vectors(folder / "vector.safetensors")
    for layer in range(3):
        np.testing.assert_array_equal(run.vector(layer), tensors[f"BASE/{layer}"].numpy())
    with pytest.raises(Refused, match="holds no readable vector of layer 7"):
        run.vector(7)


def test_a_committed_run_has_vectors_and_no_questions(done, tmp_path):
    folder, _ = done
    run = finished_run(commit(folder, tmp_path / "kept"))
    assert prompts_of(run) == []
    assert vector_hash(run, 1) != vector_hash(finished_run(folder), 1)  # groups have other names
    np.testing.assert_array_equal(run.vector(1), finished_run(folder).vector(1))


def test_a_run_that_is_not_finished_is_refused(run):
    (run / "card.json").unlink()
    with pytest.raises(Refused, match=r"has no card\.json"):
        finished_run(run)


def changed_card(run, change):
    card = json.loads((run / "card.json").read_text())
    change(card)
    write_json(card, run / "card.json")
    return finished_run(run)


CHANGES = {
    "layer": lambda card: card.update(layer=(card["layer"] + 1) % 3),
    "revision": lambda card: card["model"].update(revision="other weights"),
    "multipliers": lambda card: card["plan"].update(multipliers=[-2.0, 0.0, 2.0]),
    "dtype": lambda card: card["plan"].update(dtype="bfloat16"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_slopes_depend_on_makes_other_questions(run, change):
    before = asked_hash(finished_run(run))
    assert asked_hash(finished_run(run)) == before
    assert asked_hash(changed_card(run, change)) != before


SAID = replace(
    SMALL, form="said", other_concept="", replies=0, sampled_replies=0, random_vectors=0,
    resampled_vectors=0, shuffled_vectors=0, perturbed_vectors=0, settings=("BASE",),
)  # fmt: skip


@pytest.fixture(scope="module")
def said(model, tmp_path_factory):
    """A run of the form `said`, which no test changes."""
    folder = tmp_path_factory.mktemp("said") / "thrift"
    measure(model, tiny.concept(), SAID, folder)
    return folder


def test_the_pairs_of_a_run_are_the_prompts_that_a_model_was_asked(said):
    run = finished_run(said)
    assert run.form == "said"
    prompts = prompts_of(run)
    pairs = asked(pairs_of(tiny.concept(), "test", SAID.test_groups, SAID.per_group))
    wanted = [render_said(tiny.concept(), one, "BASE", tiny.tokenizer()) for one in pairs]
    assert {one.item for one in prompts} == {one.item for one in wanted}
    by_item = {one.item: one for one in wanted}
    for prompt in prompts:
        for part in (
            *("concept", "partner", "order", "token_ids", "positions", "letter_ids"),
            *("answer_ids", "positive_letter", "prompt_setting", "form", "request"),
        ):
            assert getattr(prompt, part) == getattr(by_item[prompt.item], part), part


def test_a_run_of_what_is_said_is_beside_others_of_its_form_alone(said, done):
    spoken, lettered = finished_run(said), finished_run(done[0])
    assert lettered.form == "chosen"
    others = [
        replace(run, card={**run.card, "concept": {**run.card["concept"], "name": "another"}})
        for run in (spoken, lettered)
    ]
    beside = [[other.beside(run) for other in others] for run in (spoken, lettered)]
    assert beside == [[True, False], [False, True]]
    # Cards of before there were forms name none: they are of letters.
    card = {name: value for name, value in lettered.card.items() if name != "form"}
    old = replace(lettered, card=card)
    assert old.form == "chosen"
    assert others[1].beside(old)
    assert not others[0].beside(old)


def test_other_replies_are_other_questions(said, tmp_path):
    before = asked_hash(finished_run(said))
    shutil.copytree(said, tmp_path / "thrift")
    prompts = pd.read_parquet(tmp_path / "thrift" / "prompts.parquet")
    prompts["negative_reply"] = prompts["negative_reply"].map(lambda one: [*one, 7])
    prompts.to_parquet(tmp_path / "thrift" / "prompts.parquet")
    assert asked_hash(finished_run(said)) == before
    assert asked_hash(finished_run(tmp_path / "thrift")) != before


def test_a_committed_run_of_what_is_said_has_no_replies(said, tmp_path):
    run = finished_run(commit(said, tmp_path / "kept"))
    assert prompts_of(run) == []
    assert run.form == "said"


def test_what_other_controls_a_run_had_makes_no_other_questions(run):
    before = asked_hash(finished_run(run))

    def change(card):
        card.update(plan_hash="another", seconds=3.0)
        card["plan"].update(random_vectors=99, replies=7)

    assert asked_hash(changed_card(run, change)) == before


def test_other_code_makes_other_questions(done, monkeypatch):
    before = asked_hash(finished_run(done[0]))
    monkeypatch.setattr("steering.measuring.matrix_runs.matrix_code", lambda: "other code")
    assert asked_hash(finished_run(done[0])) != before


def test_the_code_is_that_of_the_floors_that_run_models():
    read = matrix_code()
    assert read == matrix_code()
    assert len(read) == 64


def test_a_vector_is_another_one_if_it_or_its_training_items_are(done):
    run = finished_run(done[0])
    same = [vector_hash(run, 1), vector_hash(replace(run), 1)]
    assert same[0] == same[1] != vector_hash(run, 2)
    train = run.items["split"] == "train"
    fewer = replace(
        run, items=run.items[~(train & (run.items["item"] == run.items[train]["item"].iloc[0]))]
    )
    assert vector_hash(fewer, 1) != same[0]
    tested = replace(run, items=run.items[run.items["split"] != "test"])
    assert vector_hash(tested, 1) == same[0]


def of(rows):
    columns = ["item", "statement_hash", "group", "split"]
    table = [(item, statement_hash(text), group, split) for item, text, group, split in rows]
    return FinishedRun(None, {}, pd.DataFrame(table, columns=columns))


ASKED = of(
    [
        (0, "I save.", "save", "test"),
        (1, "I spend.", "spend", "test"),
        (2, "I spend gladly!", "spend", "validation"),
        (3, "I count.", "count", "test"),
        (4, "I hide it.", "hide", "test"),
    ]
)


@pytest.mark.parametrize(
    ("trained", "left_out"),
    [
        ((9, "i SAVE", "something", "train"), {0}),
        ((9, "I spend gladly", "something", "train"), {1, 2}),
        ((9, "I hide a coin.", "hide", "train"), {4}),
        ((9, "I save.", "save", "test"), set()),
        ((9, "I sing.", "sing", "train"), set()),
    ],
    ids=["statement", "another of its group", "group", "not trained on", "nothing"],
)
def test_questions_that_another_vector_was_trained_on(trained, left_out):
    assert trained_on(ASKED, of([trained])) == left_out
