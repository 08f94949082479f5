"""Random effects of two kinds of units that are crossed: every wording with every question.

A mean over both has a variance with two sources, of which neither is that of the other: more
questions make it no smaller than its wordings allow. Each source is told from mean squares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from steering.analysis.statistics.groups import LEVEL, Array


@dataclass(frozen=True)
class MeanSquares:
    """The mean squares of a table of rows × columns, each cell measured once.

    Attributes:
        rows, columns: how many there are.
        of_rows, of_columns, left: the mean squares of rows, of columns, and of what is left.
    """

    rows: int
    columns: int
    of_rows: float
    of_columns: float
    left: float

    @property
    def freedom(self) -> tuple[int, int, int]:
        """Return the degrees of freedom of rows, of columns, and of what is left."""
        rows, columns = self.rows - 1, self.columns - 1
        return rows, columns, rows * columns


def mean_squares(values: Array) -> MeanSquares:
    """Return the mean squares of values (rows × columns), of at least two rows and two columns."""
    rows, columns = values.shape
    mean = values.mean()
    by_row, by_column = values.mean(axis=1) - mean, values.mean(axis=0) - mean
    left = values - mean - by_row[:, None] - by_column[None, :]
    return MeanSquares(
        rows,
        columns,
        columns * float(by_row @ by_row) / (rows - 1),
        rows * float(by_column @ by_column) / (columns - 1),
        float((left**2).sum()) / ((rows - 1) * (columns - 1)),
    )


def error_of_mean(values: Array) -> tuple[float, float]:
    """Return the standard error of the mean of rows × columns, and its degrees of freedom.

    Rows and columns are both drawn at random: the variance of the mean is that of rows over their
    number and that of columns over theirs, and what is left over both; it is estimated by the mean
    squares of rows and of columns less that of what is left, with Satterthwaite's degrees of
    freedom (1946). It is no smaller than either of the two mean squares alone would make it.
    """
    found = mean_squares(values)
    rows, columns, left = found.freedom
    both = found.of_rows + found.of_columns - found.left
    if both <= max(found.of_rows, found.of_columns):
        larger = max((found.of_rows, rows), (found.of_columns, columns))
        total, freedom = larger[0], float(larger[1])
    else:
        total = both
        unsure = found.of_rows**2 / rows + found.of_columns**2 / columns + found.left**2 / left
        freedom = max(1.0, both**2 / unsure) if unsure > 0 else 1.0
    return math.sqrt(total / values.size), freedom


def component(
    larger: tuple[float, int], smaller: tuple[float, int], size: float
) -> tuple[float, float, float]:
    """Return the variance (larger − smaller) / size of random effects, with its 95 % interval.

    `larger` and `smaller` are mean squares with their degrees of freedom. The interval is Ting,
    Burdick, Graybill, Jeyaratnam and Lu's (J. Stat. Comput. Simul. 35, 1990) for a difference of
    two mean squares. No end is below zero.
    """
    (one, first), (two, second) = larger, smaller
    high, low = (1 + LEVEL) / 2, (1 - LEVEL) / 2
    f = stats.f.ppf
    g_one, h_two = 1 - first / stats.chi2.ppf(high, first), second / stats.chi2.ppf(low, second) - 1
    h_one, g_two = first / stats.chi2.ppf(low, first) - 1, 1 - second / stats.chi2.ppf(high, second)
    upper, lower = float(f(high, first, second)), float(f(low, first, second))
    g_both = ((upper - 1) ** 2 - g_one**2 * upper**2 - h_two**2) / upper
    h_both = ((1 - lower) ** 2 - h_one**2 * lower**2 - g_two**2) / lower
    below = g_one**2 * one**2 + h_two**2 * two**2 + g_both * one * two
    above = h_one**2 * one**2 + g_two**2 * two**2 + h_both * one * two
    middle = one - two
    ends = (middle, middle - math.sqrt(max(0.0, below)), middle + math.sqrt(max(0.0, above)))
    value, least, most = (max(0.0, end / size) for end in ends)
    return value, least, most


def spreads(values: Array, families: list[int]) -> dict[str, tuple[float, float, float]]:
    """Return the variances of families, of wordings within them and of questions (columns).

    `values` has a row for each wording, those of a family together; `families` says how many each
    has, at least two in one of them. Each variance comes with its 95 % interval (`component`), but
    that of families without it where there is one family alone.
    """
    ends = np.cumsum(families)
    parts = [values[end - count : end] for end, count in zip(ends, families, strict=True)]
    count, columns = values.shape
    means = [part.mean(axis=1) for part in parts]
    centres = np.array([one.mean() for one in means])
    within = count - len(parts)
    of_wordings = columns * sum(float(((one - one.mean()) ** 2).sum()) for one in means) / within
    left = mean_squares(values)
    rest = (left.left, left.freedom[2])
    found = {
        "wording": component((of_wordings, within), rest, columns),
        "question": component((left.of_columns, left.freedom[1]), rest, count),
    }
    if len(parts) > 1:
        sizes = np.array(families, dtype=np.float64)
        among = len(parts) - 1
        middle = float(sizes @ centres) / count
        of_families = columns * float(sizes @ (centres - middle) ** 2) / among
        each = (count - float(sizes @ sizes) / count) / among
        found["family"] = component((of_families, among), (of_wordings, within), columns * each)
    return found
