"""Probes: the direction that training pairs have in common, by other ways than their mean.

Each function takes the differences of some pairs, positive minus negative, and the share of each
pair, which sum to 1. Its result has a direction and a side, and no length that means anything. All
of them turn with the pairs: in rotated coordinates they return the rotated direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from torch import Tensor


def principal(
    pairs: Float[Tensor, "pair width"], shares: Float[Tensor, " pair"]
) -> Float[Tensor, " width"]:
    """Return the first principal component of the differences, on the side of their mean.

    Zou et al. (arXiv 2310.01405, section 3.1.1) turn every second pair round before they centre
    and decompose: what is left of the mean is then nothing but chance. So the differences are
    decomposed here as they are, about zero. Which answer is the positive one decides the side
    alone, and no label the line.

    How near it comes to the mean m of n pairs of width d is known where their noise is white, of
    variance σ² in each direction: with θ = ‖m‖² / σ² and γ = d / n the squared cosine tends to
    (1 − γ/θ²) / (1 + γ/θ), and to 0 where θ² < γ (Paul, Statistica Sinica 17, 2007, theorem 4).
    Where pairs also differ much along another direction, the component turns towards it, the more
    the less ‖m‖² lies above that spread.
    """
    import torch  # noqa: PLC0415 - plans read the table of makers without it

    component = torch.linalg.svd(pairs * shares.sqrt()[:, None], full_matrices=False)[2][0]
    return component * (1 if (shares @ pairs) @ component >= 0 else -1)


def logistic(
    pairs: Float[Tensor, "pair width"], shares: Float[Tensor, " pair"]
) -> Float[Tensor, " width"]:
    """Return the weights of a logistic probe that tells positive from negative answers.

    Of two answers to one prompt, the probe says which is the positive one: it is the logistic
    regression of paired data, on differences and without an intercept (Burns et al., arXiv
    2212.03827, and Li et al., arXiv 2306.03341, fit theirs to single answers). It minimises

        Σ share · log(1 + exp(−θ·d)) + ‖θ‖² / 2n

    over differences d whose mean square is 1, where n is the number of pairs. This is the ridge of
    scikit-learn's default, C = 1; without one, pairs that can be told apart have no finite optimum.
    """
    import torch  # noqa: PLC0415 - as above
    from scipy.optimize import minimize  # noqa: PLC0415

    own = shares.numpy()
    size = float((shares @ pairs.square().sum(1)).sqrt().clamp_min(1e-30))
    scaled, ridge = pairs.numpy() / size, float((own**2).sum())

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = scaled @ weights
        wrong = 1 / (1 + np.exp(np.clip(margins, -500, 500)))
        value = own @ np.logaddexp(0, -margins) + ridge * (weights @ weights) / 2
        return value, ridge * weights - (own * wrong) @ scaled

    options = {"maxiter": 10_000, "ftol": 1e-15, "gtol": 1e-9}
    start = np.zeros(pairs.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return torch.from_numpy(found.x)


def mass_mean(
    pairs: Float[Tensor, "pair width"], shares: Float[Tensor, " pair"]
) -> Float[Tensor, " width"]:
    """Return Σ⁻¹·m, where m is the mean of the differences and Σ their covariance about it.

    The mass-mean probe of Marks and Tegmark (arXiv 2310.06824, section 5), of paired data. Their
    probe without Σ is the mean difference, and so is, with as many positive as negative answers,
    the mean-centred vector of Jorgensen et al. (arXiv 2312.03813): the mean of the positive ones
    less that of all. It is made to tell answers apart: where m is a
    direction u, it recovers Σ⁻¹u, which is u only if the differences spread alike in all
    directions. What Marks and Tegmark steer by is m. Pairs are fewer than dimensions, so Σ is
    shrunk towards a multiple of the identity in the span of the pairs, by as much as Chen et al.
    say (arXiv 0907.4698, equation 23). n is the effective number of pairs, 1 / Σ share².
    """
    import torch  # noqa: PLC0415 - as above

    mean, number = shares @ pairs, 1 / shares.square().sum()
    centred = (pairs - mean) * shares.sqrt()[:, None]
    covariance = centred.T @ centred
    width, trace, squares = len(mean), covariance.trace(), covariance.square().sum()
    if not trace > 0:
        return mean
    above = (1 - 2 / width) * squares + trace**2
    below = (number + 1 - 2 / width) * (squares - trace**2 / width)
    shrinkage = float((above / below.clamp_min(1e-300)).clamp(max=1.0))
    ridge = (shrinkage * trace / width).expand(width).diag()
    solved: Tensor = torch.linalg.solve((1 - shrinkage) * covariance + ridge, mean)
    return solved
