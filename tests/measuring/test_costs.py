"""Costs of neutral texts: the losses of a table whose numbers are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from steering.concepts import load_concept
from steering.forward.disturbance import Push, disturbance
from steering.forward.reference import reference_logits, reference_residuals
from steering.measuring.costs import mean_losses, neutral_texts
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.run import rendered_prompts
from steering.models.loading import load_model
from steering.prompts.neutral import NEUTRAL, render_neutral
from steering.records.directions import PLANTED, RANDOM
from steering.records.strength import read_strength
from tests.support import cases, tiny
from tests.support.embedded import planted_direction


def row(layer, multiplier, value, *, direction="contrastive", setting="BASE", text="bread"):
    return {
        "direction": direction, "prompt_setting": setting, "layer": layer, "text": text,
        "multiplier": multiplier, "log_likelihood": value,
    }  # fmt: skip


def test_losses_are_those_of_the_vector_at_its_layer():
    costs = pd.DataFrame(
        [
            row(2, 0.0, -2.0),
            row(2, 0.0, -3.0, text="river"),
            row(2, 1.0, -2.5),
            row(2, 1.0, -3.1, text="river"),
            row(2, -1.0, -1.5),
            row(2, -1.0, -3.0, text="river"),
            row(0, 1.0, -9.0),
            row(2, 1.0, -9.0, direction="random"),
            row(2, 0.0, -9.0, setting="SYS_POS"),
        ]
    )
    assert mean_losses(costs) == pytest.approx({0.0: 0.0, 1.0: 0.3, -1.0: -0.25})


def test_texts_that_do_not_fit_are_left_out():
    model = cases.case("Llama").model
    plan = SimpleNamespace(neutral_texts=3)
    every = neutral_texts(SimpleNamespace(model=model, plan=plan))
    assert len(every) == 3
    longest = max(len(one.token_ids) for one in every)
    short = SimpleNamespace(tokenizer=tiny.tokenizer(False), context=longest - 1)
    fewer = neutral_texts(SimpleNamespace(model=short, plan=plan))
    assert 0 < len(fewer) < 3


MODELS = pytest.mark.parametrize("model", ["wren", "linnet"])
CONCEPT = "honest"


@MODELS
def test_the_divergence_of_a_small_push_is_half_its_fisher_information(model):
    """KL(p ‖ p under λv) → ½ λ² Var_p(d log p / dλ), by derivatives of plain hooks.

    It holds of the planted direction and of any other: beside a random direction of the same dose
    the planted one costs what this says, and no more for being planted.
    """
    loaded, (planted, layer) = load_model(model), planted_direction(model, CONCEPT)
    draw = torch.randn(2, len(planted), generator=torch.Generator().manual_seed(0))
    vectors = [planted, *(planted.norm() * draw / draw.norm(dim=1, keepdim=True))]
    text = render_neutral(NEUTRAL[0], loaded.tokenizer)
    ids, start, small = text.token_ids, text.steered_from, 0.05

    def logits(vector, multiplier):
        found = reference_logits(loaded, ids, layer, vector, start, multiplier=multiplier)
        return found[start:-1].double()

    found = disturbance(loaded, [text], [Push(layer, one, small, "add") for one in vectors])
    likely = logits(planted, 0.0).softmax(-1)
    for column, vector in enumerate(vectors, start=1):
        slope = (logits(vector, small) - logits(vector, -small)) / (2 * small)
        variance = (likely * slope**2).sum(-1) - (likely * slope).sum(-1) ** 2
        expected = float(small**2 * variance.mean() / 2)
        assert found.divergence[0, column] == pytest.approx(expected, rel=0.03)


@pytest.fixture(scope="module", params=["linnet"])
def known(request, tmp_path_factory):
    """A run about a planted concept at the layer where it was planted, and that direction."""
    direction, layer = planted_direction(request.param, CONCEPT)
    plan = Plan(
        settings=("BASE",), multipliers=(-1.0, 0.0, 1.0), layers=(layer,), test_groups=10,
        train_groups=10, validation_groups=2, map_items=1, random_vectors=40, resampled_vectors=0,
        shuffled_vectors=0, perturbed_vectors=0, subset_vectors=0, resampled_shift_vectors=0,
        replies=0, neutral_texts=1, wide_groups=2,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("known") / "run"
    return folder, measure(request.param, CONCEPT, plan, folder), direction


def test_a_dose_is_the_length_of_the_push_over_that_of_the_residual_stream(known):
    folder, results, _ = known
    card, costs = results.cards[0], read_strength([folder], "costs")
    concept, model = load_concept(CONCEPT), load_model(card["model"]["name"])
    prompts = rendered_prompts(model, concept, concept.of_split("train", 10), "BASE")
    here = [reference_residuals(model, one.token_ids, [card["layer"]])[0, -1] for one in prompts]
    stream = float(torch.stack(here).norm(dim=1).mean())
    at_layer = costs[costs["layer"] == card["layer"]]
    expected = at_layer["multiplier"].abs() * card["vector_norms"]["BASE"] / stream
    assert at_layer["dose"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-4)


def test_a_random_direction_does_what_its_share_of_the_planted_one_does(known):
    """Its effect is normal about zero, and 1/√width of the planted one's of the same dose.

    So at small doses, where both cost alike, its price is √width times that of the planted one.
    """
    _, results, direction = known
    slopes = results.steerability
    planted = slopes.loc[slopes["direction"] == PLANTED, "steerability"].mean()
    assert planted == pytest.approx(slopes["planted_steerability"].mean(), rel=0.1)
    drawn = slopes[slopes["direction"] == RANDOM].groupby("number")["steerability"].mean()
    length = results.cards[0]["vector_norms"]["BASE"] / float(direction.norm())
    expected = planted * length / np.sqrt(len(direction))
    assert len(drawn) == 40
    assert np.sqrt((drawn**2).mean()) == pytest.approx(expected, rel=0.35)
    assert abs(drawn.mean()) < 3 * drawn.std() / np.sqrt(40)
