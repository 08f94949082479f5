"""A case: a claim in a world where it is false, or true, and how often it is made there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from steering.analysis.statistics.groups import effective_number, share_interval

Array = NDArray[np.float64]
Chunk = tuple[Array, Array | None]

REPLICATES = 1000
CHUNK = 50  # replicates drawn at once; a test repeats the first of these
SEED = 15


@dataclass(frozen=True)
class Case:
    """One row of the table of claims.

    Attributes:
        claim: what is claimed, in words.
        case: the world in which it is claimed.
        setting: how many groups of items there are, and how their slopes are spread.
        true: whether the claim is true in that world.
        rate: what is counted: "claims" (share of replicates with the claim), or "false discoveries"
            (mean share of false ones among the claims of a family).
        nominal: what the rate may be at most where the claim is false; NaN where it is true.
        size: how large the effect is; NaN where there is none.
        family: how many tests are adjusted together.
        draw: draws some replicates and returns what is counted of each, and the unit that it is
            from: replicates from the same unit are not independent.
    """

    claim: str
    case: str
    setting: str
    true: bool
    nominal: float
    draw: Callable[[np.random.Generator, int], Chunk] = field(repr=False)
    rate: str = "claims"
    size: float = float("nan")
    family: int = 1


def counted(number: int, case: Case, replicates: int = REPLICATES) -> dict[str, object]:
    """Return the row of a case: how often its claim was made, with its 95 % interval (Wilson's).

    Replicates are drawn in chunks, each from its own seed, so that some of them can be repeated.
    """
    return row(number, case, [chunk_of(number, case, at) for at in range(-(-replicates // CHUNK))])


def chunk_of(number: int, case: Case, at: int) -> Chunk:
    """Return what is counted of one chunk of a case's replicates, and their units."""
    return case.draw(np.random.default_rng([SEED, number, at]), CHUNK)


def row(number: int, case: Case, chunks: Sequence[Chunk]) -> dict[str, object]:
    """Return the row of a case, given what is counted of its chunks."""
    made = np.concatenate([values for values, _ in chunks])
    units = [unit for _, unit in chunks if unit is not None]
    # What a family's false discoveries share varies less than what is either claimed or not.
    count = effective_number(made, np.concatenate(units)) if units else float(len(made))
    low, high = share_interval(float(made.mean()) * count, count)
    known = {name: value for name, value in asdict(case).items() if name != "draw"}
    return {
        "number": number,
        **known,
        "replicates": len(made),
        "made": round(float(made.mean()), 5),
        "low": round(low, 5),
        "high": round(high, 5),
        "made_at_first": round(float(chunks[0][0].sum()), 5),
    }


def repeated(number: int, case: Case) -> float:
    """Return how often the claim was made in the first chunk: `made_at_first` again."""
    values, _ = chunk_of(number, case, 0)
    return round(float(values.sum()), 5)
