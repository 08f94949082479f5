"""Makers of directions: what each makes of training pairs whose differences are known."""

from __future__ import annotations

import torch

from steering.records.tables import TODAY
from steering.vectors.makers import MAKERS, Contrast


def test_the_mean_difference_is_the_mean_over_pairs() -> None:
    pairs = torch.randn(10, 3, 8)
    contrast = Contrast(pairs.mean(0), torch.ones(3), {}, torch.zeros(0, 3, 8))
    vectors = MAKERS[TODAY["maker"]].make(contrast)
    assert vectors.shape == (3, 8)
    torch.testing.assert_close(vectors, sum(pairs) / 10)
