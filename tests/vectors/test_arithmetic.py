"""Norms and angles of vectors, in cases that are known."""

from __future__ import annotations

import math

import pytest
import torch

from steering.vectors.arithmetic import cosine, rescaled


def test_a_rescaled_vector_has_the_other_norm_and_its_own_direction() -> None:
    vector, like = torch.tensor([3.0, 4.0, 0.0]), torch.tensor([0.0, 0.0, 10.0])
    found = rescaled(vector, like)
    torch.testing.assert_close(found, torch.tensor([6.0, 8.0, 0.0]))
    assert cosine(found, vector) == pytest.approx(1.0)


def test_a_vector_of_zeros_stays_one() -> None:
    zero = torch.zeros(4)
    assert torch.equal(rescaled(zero, torch.ones(4)), zero)
    assert torch.equal(rescaled(torch.ones(4), zero), zero)


@pytest.mark.parametrize("degrees", [0, 30, 90, 150, 180])
def test_the_cosine_is_that_of_the_angle(degrees: int) -> None:
    angle = math.radians(degrees)
    one, other = torch.tensor([2.0, 0.0]), torch.tensor([math.cos(angle), math.sin(angle)])
    assert cosine(one, other) == pytest.approx(math.cos(angle), abs=1e-6)
