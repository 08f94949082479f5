"""Operators as their formulas say, and whether λ = 0 is as harmless as an entry claims."""

from __future__ import annotations

import pytest
import torch

from steering.records.tables import TODAY
from steering.vectors.operators import OPERATORS, add


def test_adding_is_h_plus_lambda_v() -> None:
    hidden, vector = torch.randn(2, 3, 8), torch.randn(1, 3, 8)
    multiplier = torch.tensor([-1.5, 0.0, 2.0]).view(1, 3, 1)
    expected = torch.stack(
        [hidden[:, at] + float(multiplier[0, at, 0]) * vector[0, at] for at in range(3)], dim=1
    )
    torch.testing.assert_close(add(hidden, vector, multiplier), expected)


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_the_identity_at_zero_exactly_where_it_says_so(name: str) -> None:
    operator = OPERATORS[name]
    hidden, vector = torch.randn(4, 8), torch.randn(4, 8)
    unchanged = torch.equal(operator.apply(hidden, vector, torch.zeros(4, 1)), hidden)
    assert unchanged == operator.identity_at_zero


def test_the_operator_of_today_is_there() -> None:
    assert TODAY["operator"] in OPERATORS
