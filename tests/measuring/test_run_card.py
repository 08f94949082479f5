"""The card of a run: what was measured on what, and what is needed to repeat it."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest
import torch

from steering.measuring.identity import identity_hash
from steering.measuring.kept import Kept
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.run import Run, rendering
from steering.models.loading import load_model
from steering.records.tables import SETTINGS
from steering.vectors.arithmetic import cosine
from steering.vectors.files import load_vectors
from tests.support import tiny
from tests.support.small import SMALL


@pytest.fixture(scope="module")
def card(done):
    return done[1].cards[0]


def test_the_card_names_model_and_concept(card):
    assert card["model"]["name"] == "tiny-llama"
    assert (card["model"]["layers"], card["model"]["width"]) == (3, 32)
    concept = tiny.concept()
    for name in ("name", "title", "positive_persona", "negative_persona", "source"):
        assert card["concept"][name] == getattr(concept, name)


def test_norms_and_cosines_are_those_of_the_vector_file(card, done):
    tensors, about = load_vectors(done[0] / "vector.safetensors")
    layer = card["layer"]
    assert about["layer"] == str(layer)
    base = tensors[f"BASE/{layer}"]
    for setting in SETTINGS:
        vector = tensors[f"{setting}/{layer}"]
        assert card["vector_norms"][setting] == pytest.approx(float(vector.norm()), rel=1e-5)
        assert card["cosines"][setting] == pytest.approx(cosine(vector, base), abs=1e-5)
    assert card["cosines"]["BASE"] == pytest.approx(1)
    assert card["cosine_planted"] is None
    assert card["residual_norm"] > 0


def test_it_says_how_the_model_was_spoken_to(card):
    prompting = card["prompting"]
    assert prompting["template"] == "chat"
    assert (prompting["system_role"], prompting["system_folded"]) == (True, False)
    assert (prompting["steered_token"], prompting["letters_read"]) == ("(", ["A", "B"])
    assert prompting["end_of_prompt"][-1] == "("


def test_it_says_how_prompts_were_rendered_and_at_which_multipliers_controls_were(
    card, done, model
):
    run = Run(load_model(model), tiny.concept(), SMALL, Kept(done[0], {}))
    assert card["rendered"] == rendering(run, SETTINGS)
    assert card["control_multipliers"] == {
        kind: list(SMALL.multipliers_of(kind))
        for kind in ("random", "resampled", "shuffled", "perturbed")
    }
    measured = done[1].sweep.groupby("direction")["multiplier"].unique()
    for kind, multipliers in card["control_multipliers"].items():
        assert list(measured[kind]) == multipliers


def test_it_counts_what_was_measured_and_what_was_left_out(card, done):
    items = done[1].items
    for split in ("train", "validation", "test"):
        assert card["items"][split] == (items["split"] == split).sum()
    assert card["items"]["groups_test"] == SMALL.test_groups
    assert card["skipped"] == {"too_long": 0}
    assert card["settings"] == list(SETTINGS)
    assert card["settings_left_out"] == []


def test_it_has_all_that_a_repetition_needs(card, done):
    # Of a vector that was given it says nothing where none was.
    fields = {name: tuple(v) if isinstance(v, list) else v for name, v in card["plan"].items()}
    assert Plan(**fields) == SMALL
    assert "vector" not in fields
    kept = json.loads((done[0] / "plan.json").read_text())
    assert card["stages"] == kept["stages"]
    assert card["plan_hash"] == identity_hash(kept)
    assert card["versions"]["torch"] == version("torch")
    assert (card["device"], card["dtype"]) == ("cpu", "float32")
    assert "summary" not in card
    assert "code" not in card


def test_a_vector_file_says_what_is_needed_to_use_it_elsewhere(done):
    tensors, about = load_vectors(done[0] / "vector.safetensors")
    assert {"operation": "add", "hook_point": "block output", "layer_base": "0"}.items() <= (
        about.items()
    )
    assert (about["concept"], about["seed"]) == ("thrift", "0")
    assert all(vector.dtype == torch.float32 for vector in tensors.values())


def test_the_card_of_what_is_said_counts_both_texts_of_a_pair(model, tmp_path):
    plan = Plan(
        form="said", settings=("BASE", "SYS_POS", "SYS_NEG"), multipliers=(-1.0, 0.0, 1.0),
        test_groups=2, train_groups=3, validation_groups=1, map_items=1, random_vectors=1,
        resampled_vectors=0, resampled_shift_vectors=0, shuffled_vectors=0, perturbed_vectors=0,
        replies=0, sampled_replies=0,
    )  # fmt: skip
    results = measure(str(model), tiny.concept(), plan, tmp_path / "run")
    card = results.cards[0]
    assert card["form"] == "said"
    pairs = results.prompts[results.prompts["prompt_setting"] == "BASE"]
    tested = pairs[pairs["item"].isin(results.sweep["item"])]
    both = {*tested["item"], *tested["partner"]}
    assert card["items"]["test"] + card["items"]["validation"] == len(both)
    assert card["skipped"]["too_long"] == 0
    assert "reply" in load_vectors(tmp_path / "run" / "vector.safetensors")[1]["position"]
