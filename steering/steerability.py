"""Steerability: how far a curve of propensity rises with each unit of the multiplier λ.

Tan et al., "Analysing the Generalisation and Reliability of Steering Vectors" (arXiv 2407.12404),
section "Steerability": for each item the propensity is measured at several λ, and the slope of the
least-squares line through the points is the item's steerability. A negative slope makes the item
anti-steerable: the vector pushes the model away from the behaviour that it was made for.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from steering.errors import Refused
from steering.records.tables import STEERABILITY_KEY


def slopes(sweep: pd.DataFrame) -> pd.DataFrame:
    """Return the least-squares line of every propensity curve of a sweep.

    A curve is all that shares the sweep's key apart from `multiplier`. Each gives a row, in the
    order in which the curves first appear, with its key and

    - `steerability`: the slope, in logits per unit of λ
    - `intercept`: the line's propensity at λ = 0, in logits
    - `standard_error`: of the slope; NaN for a curve of two points, which leave no residual
    - `r_squared`: share of the curve's variance that the line explains; NaN for a flat curve, which
      has no variance to explain (its slope and standard error are 0)

    A curve is flat when its propensities differ by no more than rounding. Raises Refused where a
    curve has fewer than two multipliers, or a propensity that is not finite.
    """
    key = list(STEERABILITY_KEY)
    x = sweep["multiplier"].to_numpy(dtype=np.float64)
    y = sweep["propensity"].to_numpy(dtype=np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        where = _named(sweep, int(np.argmin(np.isfinite(x) & np.isfinite(y))))
        raise Refused(f"the curve of {where} holds a value that is not finite: measure it again.")

    curves = sweep.groupby(key, sort=False, observed=True, dropna=False)
    curve = curves.ngroup().to_numpy()
    first = np.unique(curve, return_index=True)[1]
    fitted = sweep[key].iloc[first].reset_index(drop=True)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(curve, weights=values, minlength=len(fitted))

    points = np.bincount(curve, minlength=len(fitted))
    mean_x, mean_y = total(x) / points, total(y) / points
    from_x, from_y = x - mean_x[curve], y - mean_y[curve]
    sum_xx, sum_xy, sum_yy = total(from_x**2), total(from_x * from_y), total(from_y**2)
    if len(fitted) and not sum_xx.all():
        where = _named(fitted, int(np.argmin(sum_xx)))
        raise Refused(
            f"the curve of {where} has one multiplier only: a slope needs two that differ."
        )

    slope = sum_xy / sum_xx
    residual = total((from_y - slope[curve] * from_x) ** 2)
    largest = np.zeros(len(fitted))
    np.maximum.at(largest, curve, np.abs(y))
    flat = sum_yy <= points * (8 * np.finfo(np.float64).eps * largest) ** 2
    slope, residual = np.where(flat, 0.0, slope), np.where(flat, 0.0, residual)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(points > 2, np.sqrt(residual / (points - 2) / sum_xx), np.nan)
        explained = np.where(flat, np.nan, sum_xy**2 / (sum_xx * sum_yy))
    return fitted.assign(
        steerability=slope,
        intercept=mean_y - slope * mean_x,
        standard_error=error,
        r_squared=np.minimum(explained, 1.0),
    )


def few_multipliers(multipliers: Sequence[float], pairs: int) -> tuple[float, ...]:
    """Return the few λ at which a slope is measured that equals the one over all these.

    They are 0 and one or two pairs ±λ. Over λ that lie symmetrically about 0, the least-squares
    slope of a + bλ + cλ² + dλ³ is b + dM with M = Σλ⁴ / Σλ², whichever they are: so it is over
    ±√M, and over any two pairs with that M. Of these the two with λ² = M (3 ± √3) / 4 are taken,
    over which a term of fifth order counts most: it still counts a little less than over λ that
    are evenly spread, and over one pair much less, so that a curve that levels off early gets
    another slope. Where the λ do not lie symmetrically, or are few themselves, all are returned.
    """
    squares = [one**2 for one in multipliers]
    symmetric = {*multipliers} == {-one for one in multipliers}
    if not symmetric or len(squares) <= 2 * pairs + 1:
        return tuple(multipliers)
    moment = sum(one**2 for one in squares) / sum(squares)
    shares = {1: (1.0,), 2: ((3 - 3**0.5) / 4, (3 + 3**0.5) / 4)}[pairs]
    sizes = [(moment * share) ** 0.5 for share in shares]
    return (*(-size for size in reversed(sizes)), 0.0, *sizes)


def _named(table: pd.DataFrame, row: int) -> str:
    """Return a curve's key in words, for a message."""
    return ", ".join(f"{name} {table[name].iloc[row]}" for name in STEERABILITY_KEY)
