"""A control, an operator, a maker or a score is one entry of its registry: a run then has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.analysis.answering import unsteered
from steering.forward.scores import SCORES
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.models.loading import load_model
from steering.prompts.rendering import render
from steering.records.tables import write
from steering.vectors.controls import CONTROLS
from steering.vectors.files import load_vectors
from steering.vectors.makers import MAKERS, Maker
from steering.vectors.operators import OPERATORS
from tests.support import oracle, tiny, toys
from tests.support.small import LEAST, by_hand


@pytest.fixture(scope="module")
def module(model):
    return load_model(model).module


def vector_of(folder, layer, setting="BASE"):
    return load_vectors(folder / "vector.safetensors")[0][f"{setting}/{layer}"]


def test_a_control_made_of_the_vector(model, module, tmp_path, monkeypatch):
    monkeypatch.setitem(CONTROLS, "turned", toys.TURNED)
    found = measure(model, tiny.concept(), LEAST, tmp_path / "run")
    rows = found.sweep[found.sweep["direction"] == "turned"]
    layer = found.cards[0]["layer"]
    assert len(rows) == 2 * len(LEAST.multipliers) * 2 * found.cards[0]["items"]["test"]
    assert set(rows["layer"]) == {layer}
    assert set(rows["vector_concept"]) == {"thrift"}
    vector = vector_of(tmp_path / "run", layer)
    expected = by_hand(module, rows, {0: -vector, 1: -2 * vector})
    np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)
    curves = found.steerability[found.steerability["direction"] == "turned"]
    assert set(curves["number"]) == {0, 1}
    assert np.isfinite(curves["steerability"]).all()


def test_a_control_made_of_the_training_pairs(model, module, tmp_path, monkeypatch):
    monkeypatch.setitem(CONTROLS, "first_pairs", toys.FIRST_PAIRS)
    found = measure(model, tiny.concept(), LEAST, tmp_path / "run")
    rows = found.sweep[found.sweep["direction"] == "first_pairs"]
    layer, concept = found.cards[0]["layer"], tiny.concept()
    trained = concept.of_split("train", LEAST.train_groups)[0]
    vectors = {}
    for order in (0, 1):
        prompt = render(concept, trained, "BASE", order, tiny.tokenizer())
        letters = prompt.positive_letter, "AB".replace(prompt.positive_letter, "")
        read = [oracle.residual(module, tiny.tokenizer(), prompt.text, one, layer)
                for one in letters]  # fmt: skip
        vectors[order] = read[0] - read[1]
    expected = by_hand(module, rows, vectors)
    np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)
    assert set(rows["number"]) == {0, 1}


def test_vectors_of_some_training_groups_at_the_norm_of_the_vector_of_all(model, tmp_path):
    found = measure(model, tiny.concept(), replace(LEAST, subset_vectors=3), tmp_path / "run")
    key = ["item", "order", "multiplier"]
    made = found.sweep[(found.sweep["direction"] == "subset")]
    own = found.sweep[found.sweep["direction"] == "contrastive"]
    own = own[own["layer"] == found.cards[0]["layer"]].merge(made, on=key, suffixes=("", "_some"))
    assert {*made["number"]} == {0, 1, 2}
    apart = (own["propensity"] - own["propensity_some"]).abs().groupby(own["number_some"]).max()
    assert apart[0] < 1e-5, "that of all groups is the vector itself"
    assert apart[1] > 1e-4


def test_as_many_vectors_as_the_plan_says_by_the_name_of_the_control(model, tmp_path, monkeypatch):
    monkeypatch.setitem(CONTROLS, "turned", replace(toys.TURNED, default=0))
    found = measure(model, tiny.concept(), LEAST, tmp_path / "run")
    assert not (found.sweep["direction"] == "turned").any()
    assert Plan().vectors_of("turned") == 0


def test_an_operator_whose_zero_is_not_the_model_itself(model, module, tmp_path, monkeypatch):
    monkeypatch.setitem(OPERATORS, "toy", toys.REPLACING)
    plan = replace(LEAST, settings=("BASE", "USER_NEG"), operator="toy")
    found = measure(model, tiny.concept(), plan, tmp_path / "run")
    at_rest = found.sweep["direction"] == "unsteered"
    sweep, layer = found.sweep[~at_rest], found.cards[0]["layer"]
    assert set(sweep["operator"]) == {"toy"}
    tensors = load_vectors(tmp_path / "run" / "vector.safetensors")[0]
    contrastive = sweep[sweep["direction"] == "contrastive"]
    # Every block with its own vector, on validation and test items, at every λ.
    for at, rows in contrastive[contrastive["vector_setting"] == "BASE"].groupby("layer"):
        expected = by_hand(module, rows, {0: tensors[f"BASE/{at}"]}, toys.replacing)
        np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)
    # The vector of another setting, at BASE's norm.
    base, other = (tensors[f"{setting}/{layer}"] for setting in plan.settings)
    rows = contrastive[contrastive["vector_setting"] == "USER_NEG"]
    expected = by_hand(module, rows, {0: other * base.norm() / other.norm()}, toys.replacing)
    np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)
    # At λ = 0 each curve has its own value, which is not that of the model as it was.
    zero = sweep[(sweep["multiplier"] == 0) & (sweep["prompt_setting"] == "BASE")]
    by_prompt = zero.groupby(["item", "order"])["propensity"]
    assert by_prompt.nunique().min() > 1
    plain = by_hand(module, zero, dict.fromkeys(zero["number"], torch.zeros(32)))
    assert np.abs(zero["propensity"] - plain).max() > 0.01
    # The model as it is stands beside them: a point for each prompt of every setting, and no slope.
    still = found.sweep[at_rest]
    assert set(still["multiplier"]) == {0.0}
    key = ["prompt_setting", "item", "order"]
    tested = sweep[(sweep["direction"] == "contrastive") & (sweep["layer"] == layer)]
    tested = tested[tested["item"].isin(still["item"])]
    assert len(still) == len(tested.drop_duplicates(key)) == len(still.drop_duplicates(key))
    base = still[still["prompt_setting"] == "BASE"]
    plain = by_hand(module, base, {0: torch.zeros(32)})
    np.testing.assert_allclose(base["propensity"], plain, atol=1e-4)
    assert not (found.steerability["direction"] == "unsteered").any()
    answers = unsteered(found).merge(still, on=key, suffixes=("", "_still"))
    assert len(answers) == len(still)
    np.testing.assert_array_equal(answers["propensity"], answers["propensity_still"])


def test_an_operator_is_what_replies_and_the_vector_file_have_too(
    model, module, tmp_path, monkeypatch
):
    monkeypatch.setitem(OPERATORS, "toy", toys.REPLACING)
    found = measure(model, tiny.concept(), replace(LEAST, operator="toy"), tmp_path / "run")
    card, concept = found.cards[0], tiny.concept()
    layer = card["layer"]
    vector = vector_of(tmp_path / "run", layer)
    assert load_vectors(tmp_path / "run" / "vector.safetensors")[1]["operation"] == "toy"
    assert card["plan"]["operator"] == "toy"
    for row in card["generations"]:
        prompt = render(concept, concept.items[row["item"]], "BASE", 0, tiny.tokenizer())
        scale = torch.tensor(row["multiplier"])
        text = oracle.reply(
            module, tiny.tokenizer(), list(prompt.token_ids), layer=layer, tokens=32,
            steer=lambda hidden, scale=scale: toys.replacing(hidden, vector, scale, torch.zeros(1)),
            start=prompt.steered_from,
        )  # fmt: skip
        assert row["text"] == prompt.begun + text


def test_a_maker_makes_every_vector_of_a_run(model, tmp_path, monkeypatch):
    monkeypatch.setitem(MAKERS, "halved", Maker(lambda contrast: contrast.mean / 2))
    measure(model, tiny.concept(), LEAST, tmp_path / "whole")
    found = measure(model, tiny.concept(), replace(LEAST, maker="halved"), tmp_path / "run")
    assert set(found.sweep["maker"]) == {"halved"}
    layer = found.cards[0]["layer"]
    one, whole = (vector_of(tmp_path / name, layer) for name in ("run", "whole"))
    torch.testing.assert_close(2 * one, whole)
    norm = found.cards[0]["vector_norms"]["BASE"]
    assert norm == pytest.approx(float(whole.norm()) / 2, rel=1e-5)


def test_a_score_is_one_more_column(model, module, tmp_path, monkeypatch):
    monkeypatch.setitem(SCORES, "other_letter", toys.OTHER_LETTER)
    found = measure(model, tiny.concept(), LEAST, tmp_path / "run")
    sweep = found.sweep
    # The contract takes it: `write` holds every table to its own.
    assert write(sweep, tmp_path, "sweep").is_file()
    assert np.isfinite(sweep["other_letter"]).all()
    rows = sweep[(sweep["direction"] == "contrastive") & (sweep["layer"] == 1)]
    vector, concept = vector_of(tmp_path / "run", 1), tiny.concept()

    def logit(row):
        prompt = render(concept, concept.items[row.item], "BASE", row.order, tiny.tokenizer())
        return oracle.letter_logits(
            module, tiny.tokenizer(), prompt.text, prompt.positive_letter, layer=1,
            steer=oracle.adding(row.multiplier * vector),
        )[1]  # fmt: skip

    expected = [logit(row) for row in rows.itertuples()]
    np.testing.assert_allclose(rows["other_letter"], expected, atol=1e-4)


def test_a_score_of_log_probabilities_is_one_more_column(model, tmp_path, monkeypatch):
    without = measure(model, tiny.concept(), LEAST, tmp_path / "without").sweep
    monkeypatch.setitem(SCORES, "likely", toys.LIKELY)
    found = measure(model, tiny.concept(), LEAST, tmp_path / "run").sweep
    assert (found["likely"] < 0).all()
    assert set(found.columns) == {*without.columns, "likely"}
    np.testing.assert_allclose(found["propensity"], without["propensity"], atol=1e-5)
