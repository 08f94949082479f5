"""Costs: how many operations a model's block needs for a row of tokens."""

from __future__ import annotations

from dataclasses import dataclass

# What a block could compute in the milliseconds that a pass takes for it besides. It was tried on
# processors with a small model, where it matters most.
A_PASS_ON_CPU, A_PASS_ON_GPU = 3e8, 1e10


@dataclass(frozen=True)
class Costs:
    """The operations of one block.

    Attributes:
        alone: for each token.
        seen: for each pair of tokens in attention.
        of_pass: how many could be done in the time that a forward pass takes besides: a pass of few
            tokens takes hardly less time than one of many.
    """

    alone: float
    seen: float
    of_pass: float = 0.0

    def of_row(self, tokens: float) -> float:
        """Return the operations for a row of tokens.

        Masked pairs cost as much as visible ones: attention computes them before masking.
        """
        return tokens * self.alone + tokens**2 * self.seen
