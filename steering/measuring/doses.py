"""Doses: which λ are tried to find out how strongly a vector may be applied, and which is chosen.

A dose is ‖λv‖ over the norm of the residual stream. A λ of one vector may be a thousandth of the
stream, and of another half of it, so the λ that are tried are those of the same doses for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

# The doses that are tried of either sign, beside 0.
DOSES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
# Of random vectors and of the other layers: fewer, and of one sign.
FEW_DOSES = (0.1, 0.35, 1.0)
# Replies are written from this dose on: below it they hardly ever loop, and each costs many passes.
LEAST_REPLY_DOSE = 0.2


def rounded(multiplier: float) -> float:
    """Return λ with four significant digits, which keys of tables are told apart by."""
    return float(f"{multiplier:.4g}")


def multiplier_of(dose: float, unit: float) -> float:
    """Return the λ of a dose, where λ = 1 is the dose `unit`."""
    return rounded(dose / unit)


def ladder(unit: float) -> tuple[float, ...]:
    """Return the λ of all doses of either sign, and 0, in ascending order."""
    up = [multiplier_of(dose, unit) for dose in DOSES]
    return (*(-one for one in reversed(up)), 0.0, *up)


def strongest(losses: Mapping[float, float], limit: float) -> float:
    """Return the largest λ up to which the loss stays within a limit.

    `losses` holds for each λ the log-likelihood that a token of neutral text loses, in nats.
    Between two λ, and from 0 to the smallest, the loss is interpolated; beyond the largest that was
    tried, nothing is claimed. It is 0 where the loss of the smallest λ is no number.
    """
    steps = sorted((one, loss) for one, loss in losses.items() if one >= 0)
    below, lost = 0.0, 0.0
    for multiplier, loss in steps:
        if multiplier == 0:
            continue
        if not loss <= limit:
            share = (limit - lost) / (loss - lost) if np.isfinite(loss) else 0.0
            return rounded(below + max(0.0, share) * (multiplier - below))
        below, lost = multiplier, loss
    return below


def operating_point(
    losses: Mapping[float, float], effects: Mapping[float, float], limit: float
) -> float:
    """Return the λ to operate at: the strongest under a cost, unless a weaker one does more.

    `effects` holds for each λ the change of the mean propensity on validation items. Where the
    curve has turned over before the limit is reached, the λ with the largest effect is taken. It is
    0 where the loss of the smallest λ is no number.
    """
    most = strongest(losses, limit)
    within: Sequence[float] = sorted(one for one in effects if 0 < one <= most)
    if not within:
        return most
    best = max(within, key=lambda one: effects[one])
    return most if best == within[-1] or effects[best] <= 0 else best
