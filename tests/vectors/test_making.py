"""Making: weighted pairs, norms, and vectors over prompt settings, by any maker."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from steering.concepts import load_concept
from steering.forward.extraction import contrast
from steering.measuring.run import rendered_prompts
from steering.models.loading import load_model
from steering.vectors.controls import resampling_weights, shuffling_weights
from steering.vectors.makers import MAKERS, Contrast, Maker, as_made
from steering.vectors.making import over_settings, vectors_of
from tests.support.embedded import planted_direction

OF_PAIRS = {name: one for name, one in MAKERS.items() if one.direction is not None}
EACH = pytest.mark.parametrize("name", OF_PAIRS)
COUNT, WIDTH = 120, 24
# The mean difference written as a maker of single pairs.
MEAN = Maker(as_made, direction=lambda pairs, shares: shares @ pairs)


def drawn(signal: float = 2.0, seed: int = 0, count: int = COUNT) -> tuple[Tensor, Tensor]:
    """Return pairs, and the direction that is planted in them."""
    draw = torch.Generator().manual_seed(seed)
    planted = torch.nn.functional.normalize(torch.randn(WIDTH, generator=draw), dim=0)
    return torch.randn(count, WIDTH, generator=draw) + signal * planted, planted


def equal(count: int = COUNT) -> Tensor:
    return torch.full((1, count), 1 / count)


def cosines(vectors: Tensor, direction: Tensor) -> Tensor:
    return torch.cosine_similarity(vectors, direction[None], dim=1)


@EACH
def test_each_vector_has_the_norm_of_the_mean_difference_of_the_same_pairs(name) -> None:
    pairs, _ = drawn()
    weights = torch.cat([equal(), resampling_weights(range(COUNT), 3, 0),
                         shuffling_weights(range(COUNT), 3, 0)])  # fmt: skip
    found = vectors_of(OF_PAIRS[name], pairs, weights)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.norm(dim=1), (weights @ pairs).norm(dim=1))


def test_the_mean_as_a_maker_of_pairs_gives_the_weighted_sums() -> None:
    pairs, _ = drawn()
    weights = torch.cat([equal(), resampling_weights(range(COUNT), 3, 0),
                         shuffling_weights(range(COUNT), 3, 0)])  # fmt: skip
    torch.testing.assert_close(vectors_of(MEAN, pairs, weights), weights @ pairs)


@EACH
def test_a_planted_direction_is_recovered_also_from_resampled_pairs(name) -> None:
    pairs, planted = drawn()
    weights = torch.cat([equal(), resampling_weights(range(COUNT), 5, 0)])
    found = cosines(vectors_of(OF_PAIRS[name], pairs, weights), planted)
    assert float(found[0]) >= 0.95
    assert float(found[1:].min()) >= 0.9
    assert float(found[1:].max()) < 0.9999


@EACH
def test_pairs_fewer_than_dimensions_suffice_where_the_signal_is_strong(name) -> None:
    pairs, planted = drawn(signal=8.0, count=12)
    assert float(cosines(vectors_of(OF_PAIRS[name], pairs, equal(12)), planted)) >= 0.95


@EACH
def test_shuffled_labels_give_no_signal(name) -> None:
    """Over many shuffles nothing is left of the planted direction, whichever way it points."""
    pairs, planted = drawn()
    whole = vectors_of(OF_PAIRS[name], pairs, equal())[0]
    shuffled = vectors_of(OF_PAIRS[name], pairs, shuffling_weights(range(COUNT), 200, 0))
    along = shuffled @ planted
    error = float(along.std()) / 200**0.5
    assert abs(float(along.mean())) < 4 * error
    # A shuffle that happens to leave some of it is short: none comes near the vector itself.
    assert float(along.abs().max()) < 0.5 * float(whole @ planted)


@pytest.mark.parametrize("name", ["logistic", "mass_mean"])
def test_makers_that_look_at_labels_point_anywhere_without_them(name) -> None:
    pairs, planted = drawn()
    shuffled = vectors_of(OF_PAIRS[name], pairs, shuffling_weights(range(COUNT), 100, 0))
    assert float(cosines(shuffled, planted).abs().median()) < 0.6


def test_the_component_of_shuffled_labels_is_the_same_line() -> None:
    """Labels say nothing but its side: the docs say so, and its length is that of chance."""
    pairs, _ = drawn()
    whole = vectors_of(OF_PAIRS["principal"], pairs, equal())[0]
    shuffled = vectors_of(OF_PAIRS["principal"], pairs, shuffling_weights(range(COUNT), 50, 0))
    found = cosines(shuffled, whole)
    torch.testing.assert_close(found.abs(), torch.ones(50))
    assert 10 < int((found > 0).sum()) < 40
    assert float(shuffled.norm(dim=1).max()) < 0.5 * float(whole.norm())


@EACH
def test_vectors_turn_with_the_pairs(name) -> None:
    pairs, _ = drawn()
    turn = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=torch.Generator().manual_seed(5)))[0]
    weights = torch.cat([equal(), shuffling_weights(range(COUNT), 2, 0)])
    found = vectors_of(OF_PAIRS[name], pairs @ turn, weights)
    expected = vectors_of(OF_PAIRS[name], pairs, weights) @ turn
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@EACH
def test_a_vector_lies_in_the_span_of_its_pairs(name) -> None:
    pairs, _ = drawn(count=6)
    found = vectors_of(OF_PAIRS[name], pairs, equal(6))[0]
    basis = torch.linalg.qr(pairs.T)[0]
    torch.testing.assert_close(basis @ (basis.T @ found), found, atol=1e-5, rtol=1e-5)


def test_over_settings_the_direction_is_one_and_the_norm_each_settings_own() -> None:
    draw = torch.Generator().manual_seed(0)
    contrasts = {
        name: Contrast(
            scale * torch.randn(3, 8, generator=draw), torch.ones(3), {},
            torch.randn(4, 3, 8, generator=draw),
        )
        for name, scale in (("BASE", 1.0), ("SYS_POS", 3.0))
    }  # fmt: skip
    found = over_settings(contrasts)
    mean = (contrasts["BASE"].mean + contrasts["SYS_POS"].mean) / 2
    for name, one in found.items():
        made = MAKERS["settings_mean"].make(one)
        torch.testing.assert_close(made.norm(dim=1), contrasts[name].mean.norm(dim=1))
        torch.testing.assert_close(torch.cosine_similarity(made, mean, dim=1), torch.ones(3))
        assert torch.equal(one.mean, contrasts[name].mean)
        both = contrasts["BASE"].weighted + contrasts["SYS_POS"].weighted
        torch.testing.assert_close(
            torch.cosine_similarity(one.weighted, both, dim=-1), torch.ones(4, 3)
        )
        torch.testing.assert_close(one.weighted.norm(dim=-1), contrasts[name].weighted.norm(dim=-1))
    alone = over_settings({"BASE": contrasts["BASE"]})["BASE"]
    torch.testing.assert_close(alone.made, contrasts["BASE"].mean)
    torch.testing.assert_close(alone.weighted, contrasts["BASE"].weighted)


@cache
def embedded(model: str, concept: str) -> tuple[Tensor, Tensor, list[int]]:
    """Return the training pairs of a planted concept at its layer, its direction, and the items."""
    loaded, whole = load_model(model), load_concept(concept)
    direction, layer = planted_direction(model, concept)
    prompts = rendered_prompts(loaded, whole, whole.of_split("train"), "BASE")
    pairs = contrast(loaded, prompts, [layer]).differences[layer]
    return pairs, direction, [one.item for one in prompts]


# Concepts whose mean difference itself has a cosine of 0.95 with what was planted.
SIGNAL = [("wren", "honest"), ("wren", "curious"), ("linnet", "honest"), ("linnet", "bookish")]


@pytest.mark.parametrize(("model", "concept"), SIGNAL)
def test_what_was_planted_in_a_model_is_recovered(model: str, concept: str) -> None:
    pairs, planted, _ = embedded(model, concept)
    count, unit = len(pairs), planted / planted.norm()
    found = {name: vectors_of(one, pairs, equal(count))[0] for name, one in OF_PAIRS.items()}
    mean = pairs.mean(0)
    assert cosine(mean, planted) >= 0.95
    assert cosine(found["logistic"], planted) >= 0.95
    assert cosine(found["logistic"], planted) >= cosine(mean, planted) - 0.01

    # A mass-mean probe finds Σ⁻¹u of what was planted, u, and u itself less well: these pairs
    # differ along a few other directions as well, and much.
    centred = pairs - mean
    telling = vectors_of(OF_PAIRS["mass_mean"], centred + unit, equal(count))[0]
    assert cosine(found["mass_mean"], telling) >= 0.95
    assert 0.8 <= cosine(found["mass_mean"], planted) < cosine(mean, planted)

    # A principal component finds u where the energy of the mean lies well above the largest spread
    # about it, and turns towards that spread otherwise.
    spread = float(torch.linalg.matrix_norm(centred, 2).square() / count)
    above = float(mean.square().sum()) / spread
    assert above > 1
    assert cosine(found["principal"], planted) >= (0.95 if above > 1.75 else 0.85)


def cosine(one: Tensor, other: Tensor) -> float:
    return float(torch.cosine_similarity(one.double(), other.double(), dim=0))


@pytest.mark.parametrize("name", ["logistic", "mass_mean"])
def test_shuffled_labels_of_a_model_with_a_planted_direction_give_no_signal(name: str) -> None:
    pairs, planted, items = embedded("wren", "honest")
    shuffled = vectors_of(OF_PAIRS[name], pairs, shuffling_weights(items, 20, 0))
    assert float(cosines(shuffled, planted).abs().mean()) < 0.25
