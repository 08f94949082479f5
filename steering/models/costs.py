"""Costs: how many operations a model's block needs for a row of tokens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """The operations of one block: for each token, and for each pair of tokens in attention."""

    alone: float
    seen: float

    def of_row(self, tokens: float) -> float:
        """Return the operations for a row of tokens.

        Masked pairs cost as much as visible ones: attention computes them before masking.
        """
        return tokens * self.alone + tokens**2 * self.seen
