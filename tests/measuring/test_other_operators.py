"""Runs by every operator: vectors, controls and replies are those of hooks with the origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from steering.analysis.answering import unsteered
from steering.analysis.controls import prompting
from steering.analysis.curves import curve_table
from steering.concepts import load_concept
from steering.errors import Refused
from steering.measuring.matrix import measure_matrix
from steering.measuring.measure import measure
from steering.measuring.plan import MULTIPLIERS, Plan
from steering.measuring.replies import generate
from steering.models.loading import load_model
from steering.prompts.rendering import opening, render
from steering.records.matrix import read_matrix
from steering.records.results import read_results
from steering.steerability import few_multipliers
from steering.vectors.controls import random_vectors
from steering.vectors.files import load_vectors
from steering.vectors.given import read_given
from steering.vectors.operators import OPERATORS
from tests.support import oracle, tiny
from tests.support.small import LEAST, by_hand

OTHERS = [name for name in OPERATORS if name != "add"]
EACH = pytest.mark.parametrize("operator", OTHERS)
PLAN = replace(LEAST, settings=("BASE", "SYS_POS", "USER_NEG"), own_norm=True)
KEY = ["prompt_setting", "item", "order"]


@pytest.fixture(scope="module")
def module(model):
    return load_model(model).module


@pytest.fixture(scope="module")
def runs(model, tmp_path_factory):
    """A run by each operator; do not change them."""
    top = tmp_path_factory.mktemp("runs")
    for name in OTHERS:
        measure(model, tiny.concept(), replace(PLAN, operator=name), top / name)
    return top


def read(runs, operator):
    results = read_results([runs / operator])
    return results, load_vectors(runs / operator / "vector.safetensors")[0]


def origin_at(module, layer, setting="BASE", concept=None, groups=PLAN.train_groups):
    """Return the mean residual stream at the negative letters, by plain hooks."""
    concept, tokenizer = concept or tiny.concept(), tiny.tokenizer()
    seen = []
    for item in concept.of_split("train", groups):
        for order in (0, 1):
            prompt = render(concept, item, setting, order, tokenizer)
            letter = "AB".replace(prompt.positive_letter, "")
            seen.append(oracle.residual(module, tokenizer, prompt.text, letter, layer))
    return torch.stack(seen).mean(0)


def hooked(operator):
    return oracle.OPERATORS[operator]


@EACH
def test_the_file_of_vectors_holds_the_origins_where_they_are_needed(runs, module, operator):
    results, tensors = read(runs, operator)
    held = [name for name in tensors if name.startswith("ORIGIN/")]
    assert len(held) == (3 if OPERATORS[operator].needs_origin else 0)
    for layer in range(len(held)):
        expected = origin_at(module, layer)
        torch.testing.assert_close(tensors[f"ORIGIN/{layer}"], expected, atol=1e-4, rtol=0)
    assert set(results.steerability["operator"]) == {operator}


@EACH
def test_every_layer_and_the_vectors_of_other_settings_are_as_hooks_say(runs, module, operator):
    results, tensors = read(runs, operator)
    sweep = results.sweep[results.sweep["direction"] == "contrastive"]
    for at, rows in sweep[sweep["vector_setting"] == "BASE"].groupby("layer"):
        given = hooked(operator), origin_at(module, at)
        expected = by_hand(module, rows, {0: tensors[f"BASE/{at}"]}, *given)
        np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)
    layer = results.cards[0]["layer"]
    base, other = (tensors[f"{setting}/{layer}"] for setting in ("BASE", "SYS_POS"))
    of_other = results.sweep[results.sweep["vector_setting"] == "SYS_POS"]
    lengths = {"contrastive": other * base.norm() / other.norm(), "own_norm": other}
    for direction, vector in lengths.items():
        rows = of_other[of_other["direction"] == direction]
        assert len(rows)
        given = hooked(operator), origin_at(module, layer, "SYS_POS")
        expected = by_hand(module, rows, {0: vector}, *given)
        np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)


@EACH
def test_controls_are_held_to_the_same_origin_and_another_concept_to_its_own(
    runs, module, operator
):
    results, tensors = read(runs, operator)
    layer = results.cards[0]["layer"]
    vector, sweep = tensors[f"BASE/{layer}"], results.sweep
    drawn = random_vectors(1, vector, PLAN.seed)
    rows = sweep[sweep["direction"] == "random"]
    given = hooked(operator), origin_at(module, layer)
    np.testing.assert_allclose(
        rows["propensity"], by_hand(module, rows, {0: drawn[0]}, *given), atol=1e-4
    )
    bookish = load_concept("bookish")
    rows, tokenizer, of_other = sweep[sweep["direction"] == "other"], tiny.tokenizer(), []
    for item in bookish.of_split("train", PLAN.train_groups, PLAN.per_group):
        for order in (0, 1):
            prompt = render(bookish, item, "BASE", order, tokenizer)
            letters = prompt.positive_letter, "AB".replace(prompt.positive_letter, "")
            of_other.append([oracle.residual(module, tokenizer, prompt.text, one, layer)
                             for one in letters])  # fmt: skip
    positive, negative = (torch.stack(side).mean(0) for side in zip(*of_other, strict=True))
    other = positive - negative
    expected = by_hand(
        module, rows, {0: other * vector.norm() / other.norm()}, hooked(operator), negative
    )
    np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)


@EACH
def test_at_zero_stands_what_the_operator_does_there_and_the_model_as_it_is_beside(
    runs, module, operator
):
    results, _ = read(runs, operator)
    sweep, identity = results.sweep, OPERATORS[operator].identity_at_zero
    still = unsteered(results)
    of_base = still[still["prompt_setting"] == "BASE"].assign(
        direction="none", number=0, layer=0, multiplier=0.0
    )
    # Whatever λ = 0 of the operator is, the model without a vector is what hooks without one give.
    tested = results.items.loc[results.items["split"] == "test", "item"]
    of_base = of_base[of_base["item"].isin(tested)]
    assert len(of_base)
    plain = by_hand(module, of_base, {0: torch.zeros(32)})
    np.testing.assert_allclose(of_base["propensity"], plain, atol=1e-4)
    zero = sweep[(sweep["multiplier"] == 0) & (sweep["direction"] == "contrastive")]
    zero = zero[zero["layer"] == results.cards[0]["layer"]]
    both = zero.merge(still, on=KEY, suffixes=("", "_still"))
    same = np.allclose(both["propensity"], both["propensity_still"], atol=1e-5)
    assert same == identity
    assert ((sweep["direction"] == "unsteered").any()) != identity


@EACH
def test_a_persona_and_the_vector_are_both_measured_from_the_model_as_it_is(runs, operator):
    results, _ = read(runs, operator)
    found = prompting(curve_table(results), results)
    own = found[(found["means"] == "vector") & (found["towards"] == 1)]
    sweep, tested = results.sweep, results.items.query("split == 'test'")["item"]
    layer = results.cards[0]["layer"]
    rows = sweep.query("direction == 'contrastive' and vector_setting == 'BASE'")
    rows = rows[(rows["prompt_setting"] == "BASE") & (rows["layer"] == layer)]
    rows = rows[(rows["multiplier"] == 1) & rows["item"].isin(tested)]
    both = rows.merge(unsteered(results), on=KEY, suffixes=("", "_still"))
    expected = (both["propensity"] - both["propensity_still"]).mean()
    assert own["mean"].item() == pytest.approx(expected, abs=1e-6)


@EACH
def test_replies_of_a_run_have_the_origin_and_so_have_those_that_are_asked_for_later(
    model, runs, module, operator
):
    results, tensors = read(runs, operator)
    card, concept, tokenizer = results.cards[0], tiny.concept(), tiny.tokenizer()
    layer = card["layer"]
    vector, origin = tensors[f"BASE/{layer}"], origin_at(module, layer)

    def reply(ids, scale, start, tokens):
        return oracle.reply(
            module, tokenizer, list(ids), layer=layer, tokens=tokens, start=start,
            steer=lambda hidden: hooked(operator)(hidden, vector, scale, origin),
        )  # fmt: skip

    for row in card["generations"]:
        prompt = render(concept, concept.items[row["item"]], "BASE", 0, tokenizer)
        text = reply(prompt.token_ids, row["multiplier"], prompt.steered_from, 32)
        assert row["text"] == prompt.begun + text
    asked = "Do you save every coin?"
    start = opening(asked, tokenizer)
    plan = replace(PLAN, operator=operator)
    kept, made = (
        generate(model, concept, [asked], (-2.0, 0.0, 2.0), tokens=5, **where)
        for where in ({"run": runs / operator}, {"plan": plan})
    )
    assert kept == made
    expected = [reply(start.token_ids, by, len(start.token_ids) - 1, 5) for by in (-2.0, 0.0, 2.0)]
    assert [*kept.texts[0]] == expected


def test_the_matrix_tries_another_concepts_vector_with_its_own_origin(model, module, tmp_path):
    plan = replace(LEAST, operator="affine", multipliers=MULTIPLIERS)
    folders = {name: tmp_path / "tiny" / name for name in ("thrift", "frugal")}
    measure(model, tiny.concept(), plan, folders["thrift"])
    measure(model, load_concept("frugal"), plan, folders["frugal"])
    assert measure_matrix(model, [*folders.values()]) == {}
    table = read_matrix([*folders.values()])
    tensors = {
        name: load_vectors(folder / "vector.safetensors")[0] for name, folder in folders.items()
    }
    rows = table[(table["concept"] == "thrift") & (table["vector_concept"] == "frugal")]
    layer = read_results([folders["thrift"]]).cards[0]["layer"]
    own, other = (tensors[name][f"BASE/{layer}"] for name in ("thrift", "frugal"))
    few = few_multipliers(MULTIPLIERS, 2)
    points = pd.DataFrame(
        [
            {**row._asdict(), "prompt_setting": "BASE", "number": 0, "multiplier": by}
            for row in rows.itertuples(index=False)
            for by in few
        ]
    )
    found = by_hand(
        module, points, {0: other * own.norm() / other.norm()}, hooked("affine"),
        tensors["frugal"][f"ORIGIN/{layer}"],
    )  # fmt: skip
    values = found.reshape(len(rows), len(few))
    slope = [np.polyfit(few, each, 1)[0] for each in values]
    np.testing.assert_allclose(rows["steerability"], slope, atol=1e-4)


@EACH
def test_a_vector_that_is_given_has_no_origin(operator, runs, tmp_path):
    file = runs / "ablate_add" / "vector.safetensors"
    if not OPERATORS[operator].needs_origin:
        assert Plan(operator=operator, vector=str(file)).maker == "given"
        return
    with pytest.raises(Refused, match=f"operator '{operator}' needs the mean of the negative"):
        Plan(operator=operator, vector=str(file))


def test_a_file_with_origins_can_be_given_and_they_are_not_taken_for_vectors(runs):
    file = runs / "affine" / "vector.safetensors"
    given, tensors = read_given(file), load_vectors(file)[0]
    assert sorted(given.layers) == [0, 1, 2]
    for layer, vector in given.layers.items():
        assert torch.equal(vector, tensors[f"BASE/{layer}"])


def test_what_is_said_is_measured_by_an_operator_with_an_origin(model, tmp_path):
    plan = replace(
        LEAST, form="said", operator="affine", settings=("BASE", "SYS_POS", "SYS_NEG"),
        sampled_replies=1, test_groups=2, other_concept="",
    )  # fmt: skip
    found = measure(model, tiny.concept(), plan, tmp_path / "run")
    assert set(found.steerability["operator"]) == {"affine"}
    assert np.isfinite(found.steerability["steerability"]).all()
    still = unsteered(found)
    zero = found.sweep.query("multiplier == 0 and direction == 'contrastive'")
    zero = zero[zero["layer"] == found.cards[0]["layer"]]
    both = zero.merge(still, on=KEY, suffixes=("", "_still"))
    assert np.abs(both["propensity"] - both["propensity_still"]).max() > 1e-3
    drawn = pd.read_parquet(tmp_path / "run" / "replies.parquet")
    assert {0.0, 1.0} <= set(drawn["multiplier"])
