"""Probes: closed forms where there are any, and an optimum where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from steering.vectors.probes import logistic, mass_mean, principal

PROBES = pytest.mark.parametrize("probe", [principal, logistic, mass_mean])


def drawn(count: int, width: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    planted = torch.nn.functional.normalize(torch.randn(width, generator=draw), dim=0)
    noise = torch.randn(count, width, generator=draw, dtype=torch.float64)
    return noise + 2 * planted


def planted_in(count: int, width: int, signal: float, seed: int = 3) -> tuple[Tensor, Tensor]:
    """Return pairs with unit noise along every direction, and the direction planted in them."""
    draw = torch.Generator().manual_seed(seed)
    planted = torch.nn.functional.normalize(torch.randn(width, generator=draw).double(), dim=0)
    noise = torch.randn(count, width, generator=draw, dtype=torch.float64)
    return signal * planted + noise, planted


def equal(count: int) -> Tensor:
    return torch.full((count,), 1 / count, dtype=torch.float64)


def cosine(one: Tensor, other: Tensor) -> float:
    return float(torch.cosine_similarity(one, other, dim=0))


def test_the_first_component_is_the_leading_eigenvector_on_the_side_of_the_mean() -> None:
    pairs = drawn(40, 6)
    values, vectors = np.linalg.eigh((pairs.T @ pairs).numpy())
    leading = torch.from_numpy(vectors[:, values.argmax()])
    found = principal(pairs, equal(40))
    assert abs(cosine(found, leading)) == pytest.approx(1)
    assert float(pairs.mean(0) @ found) > 0
    assert cosine(principal(-pairs, equal(40)), found) == pytest.approx(-1)


def test_which_answer_is_positive_decides_no_more_than_the_side_of_the_component() -> None:
    pairs = drawn(40, 6)
    coins = torch.randint(2, (40, 1), generator=torch.Generator().manual_seed(1)) * 2.0 - 1
    shuffled = principal(coins * pairs, equal(40))
    assert abs(cosine(shuffled, principal(pairs, equal(40)))) == pytest.approx(1)


def test_the_logistic_probe_is_the_minimum_of_its_loss() -> None:
    pairs, shares = drawn(30, 5), torch.rand(30, dtype=torch.float64)
    shares = shares / shares.sum()
    found = logistic(pairs, shares).requires_grad_()
    scaled = pairs / (shares @ pairs.square().sum(1)).sqrt()
    ridge = shares.square().sum() / 2
    loss = shares @ torch.nn.functional.softplus(-scaled @ found) + ridge * found @ found
    (slope,) = torch.autograd.grad(loss, found)
    assert float(slope.abs().max()) < 1e-6
    # The loss is convex with a curvature of at least the ridge: there is no other minimum.


def test_the_logistic_probe_looks_most_at_pairs_that_are_hard_to_tell() -> None:
    """One pair that is far out counts as much in the mean as thirty others, and less here."""
    plain, other = torch.eye(2, dtype=torch.float64)
    pairs = torch.stack([*[plain] * 9, 30 * other])
    found, mean = logistic(pairs, equal(10)), pairs.mean(0)
    assert 0 < float(found[1] / found[0]) < 0.5 * float(mean[1] / mean[0])


def test_the_mass_mean_probe_is_the_mean_where_all_directions_vary_alike() -> None:
    width = 4
    steps = torch.cat([torch.eye(width), -torch.eye(width)]).double()
    mean = torch.tensor([1.0, 2.0, -1.0, 0.5]).double()
    assert cosine(mass_mean(mean + steps, equal(8)), mean) == pytest.approx(1)
    assert torch.equal(mass_mean(mean.expand(5, -1), equal(5)), mean)


def test_with_many_pairs_the_mass_mean_probe_is_that_of_the_paper() -> None:
    draw = torch.Generator().manual_seed(0)
    scales = torch.tensor([3.0, 1.0, 0.3, 1.0]).double()
    pairs = scales * torch.randn(20000, 4, generator=draw, dtype=torch.float64) + 0.5
    exact = pairs.mean(0) / scales**2
    assert cosine(mass_mean(pairs, equal(20000)), exact) > 0.999
    assert cosine(pairs.mean(0), exact) < 0.8


def test_the_covariance_is_shrunk_as_much_as_the_paper_says() -> None:
    """Chen et al., equation 23, with numpy's covariance."""
    pairs = drawn(12, 5) * torch.tensor([5.0, 1.0, 1.0, 0.5, 2.0]).double()
    covariance = np.cov(pairs.numpy().T, bias=True)
    trace, squares, n, p = np.trace(covariance), (covariance**2).sum(), 12, 5
    shrinkage = ((1 - 2 / p) * squares + trace**2) / (
        (n + 1 - 2 / p) * (squares - trace**2 / p)
    )  # fmt: skip
    shrinkage = min(1.0, shrinkage)
    assert 0 < shrinkage < 1
    shrunk = (1 - shrinkage) * covariance + shrinkage * trace / p * np.eye(p)
    expected = np.linalg.solve(shrunk, pairs.mean(0).numpy())
    np.testing.assert_allclose(mass_mean(pairs, equal(12)).numpy(), expected, rtol=1e-9)


@PROBES
def test_a_probe_turns_with_the_pairs(probe) -> None:
    pairs = drawn(20, 6)
    turn = torch.linalg.qr(drawn(6, 6, 1))[0]
    found = probe(pairs @ turn, equal(20))
    assert cosine(found, probe(pairs, equal(20)) @ turn) == pytest.approx(1, abs=1e-9)


@PROBES
def test_a_probe_takes_no_notice_of_the_unit_or_the_order(probe) -> None:
    pairs = drawn(20, 6)
    found = probe(pairs, equal(20))
    assert cosine(probe(1000 * pairs, equal(20)), found) == pytest.approx(1, abs=1e-9)
    assert cosine(probe(pairs.flip(0), equal(20)), found) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("probe", [principal, mass_mean])
def test_a_share_of_two_is_a_pair_that_is_there_twice(probe) -> None:
    pairs = drawn(20, 6)
    shares = equal(20).clone()
    shares[:10], shares[10:] = 2 / 30, 1 / 30
    twice = torch.cat([pairs, pairs[:10]])
    # How much is shrunk goes by the effective number of pairs, which differs a little.
    assert cosine(probe(pairs, shares), probe(twice, equal(30))) > 0.99


@PROBES
@pytest.mark.parametrize("width", [16, 64])
def test_a_planted_direction_is_recovered(probe, width) -> None:
    """The signal is three times the noise in any one direction, of 400 pairs."""
    pairs, planted = planted_in(400, width, signal=3.0)
    assert cosine(probe(pairs, equal(400)), planted) >= 0.95


@pytest.mark.parametrize(
    ("signal", "count"), [(0.5, 256), (1.0, 256), (1.0, 1024), (2.0, 256), (3.0, 64)]
)
def test_the_first_component_comes_as_near_as_theory_says(signal: float, count: int) -> None:
    """Paul's theorem 4: from a quarter of the squared cosine, at unit signal, to nearly all."""
    width, theta = 64, signal**2
    gamma = width / count
    expected = max(0.0, 1 - gamma / theta**2) / (1 + gamma / theta)
    found = []
    for seed in range(20):
        pairs, planted = planted_in(count, width, signal, seed)
        found.append(cosine(principal(pairs, equal(count)), planted) ** 2)
    # Where nothing is expected, at the edge, what is left falls slowly with the width.
    allowed = 0.04 if expected else 0.25
    assert np.mean(found) == pytest.approx(expected, abs=allowed)


@pytest.mark.parametrize("signal", [1.0, 3.0])
def test_the_mass_mean_probe_recovers_what_tells_apart_and_not_the_direction(signal) -> None:
    """Differences that spread three times as far along some directions: Σ⁻¹u is known there."""
    scales = torch.cat([torch.full((8,), 3.0), torch.ones(8)]).double()
    draw = torch.Generator().manual_seed(0)
    planted = torch.nn.functional.normalize(torch.randn(16, generator=draw).double(), dim=0)
    noise = torch.randn(2000, 16, generator=draw, dtype=torch.float64) * scales
    found = mass_mean(signal * planted + noise, equal(2000))
    telling = planted / scales**2
    assert cosine(telling, planted) < 0.8
    assert cosine(found, telling) >= 0.95
    assert cosine(found, planted) < 0.8
