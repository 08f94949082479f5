"""Side effects: what a vector does to every other concept, at its own operating point.

Whatever is pushed so far moves other answers, too: random vectors say how much of it is chance. One
of them is the same direction on the questions of every concept, as a concept's vector is. What
happens at other layers and doses was measured there, and claims nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import select
from steering.analysis.statistics.chance import FEWEST, RATE, control_means, false_discovery
from steering.analysis.statistics.groups import each
from steering.records.directions import CONTRASTIVE, RANDOM

BEYOND, CHANCE, UNKNOWN = "more than chance", "as much as chance", "too few random vectors"
_KEY = ["model", "concept"]
_COLUMNS = [
    *("others", "own", "spread", "farthest", "farthest_change"),
    *("random", "random_low", "random_high", "vectors", "p"),
]


def random_means(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the mean slope of every random vector on the questions of every concept, BASE→BASE.

    Takes `curve_table(...)`. Columns: model, concept (whose questions), `number` (which random
    vector) and `mean`, in logits per unit of λ at the norm of that concept's vector.
    """
    drawn = control_means(select(curves, direction=None), RANDOM)
    return drawn[[*_KEY, "number", "mean"]]


def side_effects(
    means: pd.DataFrame, points: pd.DataFrame, units: pd.DataFrame, drawn: pd.DataFrame
) -> pd.DataFrame:
    """Return what each vector does to other concepts' questions, at the dose of its own point.

    Args:
        means: the table of `analysis.specificity.matrix_means`: the mean slope of every vector on
            the questions of every concept, at that concept's layer and vector norm.
        points: the table of `verdict.operating.operating_points`.
        units: `model`, `concept` and `unit`, the dose of λ = 1 on a concept's questions.
        drawn: the table of `random_means`, of the same layers and norms.

    One row per model and concept with an operating point: `others` (how many other concepts it was
    tried on), `own` (what its own questions change by), `spread` (root mean square of what those of
    the others change by), `farthest` (the concept that is changed most, by `farthest_change`).
    Changes are of the mean propensity, in logits, with slopes taken as straight up to the point: a
    slope per unit of dose times the dose.

    Beside them what random vectors of the same dose do to the same other concepts: `random` (median
    of their spreads), `random_low`, `random_high` (95 % of them), `vectors` (how many), `p` (that a
    random vector's spread is as large), `q` (Benjamini and Hochberg, over the vectors of a model)
    and `outcome`: `BEYOND` or `CHANCE`, and with fewer than ten random vectors `UNKNOWN`.

    The logarithms of the random vectors' spreads are taken as normal, and p from Student's t of one
    more draw beside them. A root mean square over many concepts has a shorter tail than that, so
    that p is no smaller than it should be: ranks alone could not tell one of forty from chance.
    """
    by_vector = _per_dose(means, units, "vector_concept")
    by_number = _per_dose(drawn, units, "number")
    rows = []
    for (model, concept), point in each(points, _KEY):
        dose = float(point["dose"].iloc[0])
        if (model, concept) not in by_vector.index:
            continue
        changes = by_vector.loc[(model, concept)].dropna() * dose
        others = changes.drop(labels=concept, errors="ignore")
        if others.empty or concept not in changes:
            continue
        farthest = str(others.abs().idxmax())
        spread = _size(others.to_frame().T).iloc[0]
        chance = pd.Series(dtype="float64")
        if model in by_number.index.get_level_values("model"):
            chance = _size(by_number.loc[model].reindex(columns=others.index).dropna() * dose)
        values = (len(others), float(changes[concept]), float(spread))
        most = (farthest, float(others[farthest]))
        rows.append((model, concept, *values, *most, *_beside(float(spread), chance)))
    table = pd.DataFrame(rows, columns=[*_KEY, *_COLUMNS])
    if table.empty:
        return table.assign(q=pd.Series(dtype=float), outcome=pd.Series(dtype=str))
    table = table.assign(q=false_discovery(table["p"], within=[table["model"]]))
    told = np.where(table["q"] <= RATE, BEYOND, CHANCE)
    return table.assign(outcome=np.where(table["q"].isna(), UNKNOWN, told))


def over_layers(table: pd.DataFrame) -> pd.DataFrame:
    """Return what vectors do to other concepts at each layer and dose, beside random ones.

    Takes the table of `records.side_effects`. Nothing is taken as straight here: changes are those
    of the mean propensity under the very push, in logits. One row per model, layer and dose:

    - `own`: median over vectors of the size of the change of their own concept
    - `spread`, `low`, `high`: median and quartiles over vectors of the root mean square of the
      changes of all other concepts
    - `random`, `random_low`, `random_high`: median over random vectors of the root mean square over
      all concepts, and the range that holds 95 % of them
    - `vectors`, `others` (the most concepts that one was tried on besides its own), `numbers` (how
      many random vectors)
    """
    rows = []
    for key, part in each(table, ["model", "layer", "dose"]):
        vectors = part[part["direction"] == CONTRASTIVE]
        own = vectors.loc[vectors["concept"] == vectors["vector_concept"], "change"].abs()
        elsewhere = vectors[vectors["concept"] != vectors["vector_concept"]]
        spreads = _sizes(elsewhere, "vector_concept")
        chance = _sizes(part[part["direction"] == RANDOM], "number")
        others = elsewhere.groupby("vector_concept").size().max()
        of_vectors = [float(spreads.quantile(at)) for at in (0.5, 0.25, 0.75)]
        of_random = [float(chance.quantile(at)) for at in (0.5, 0.025, 0.975)]
        counts = len(spreads), int(others), len(chance)
        rows.append((*key, float(own.median()), *of_vectors, *of_random, *counts))
    columns = ["own", "spread", "low", "high", "random", "random_low", "random_high"]
    names = ["model", "layer", "dose", *columns, "vectors", "others", "numbers"]
    found = pd.DataFrame(rows, columns=names)
    return found.sort_values(["model", "layer", "dose"], ignore_index=True)


def _sizes(changes: pd.DataFrame, which: str) -> pd.Series:
    """Return the root mean square of each vector's changes."""
    return (changes["change"] ** 2).groupby(changes[which]).mean() ** 0.5


def _per_dose(means: pd.DataFrame, units: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return slopes per unit of dose: a row for each vector, a column for each concept asked."""
    both = means.merge(units[[*_KEY, "unit"]], on=_KEY)
    both = both.assign(per_dose=both["mean"] / both["unit"])
    return both.pivot_table(index=["model", which], columns="concept", values="per_dose")


def _size(changes: pd.DataFrame) -> pd.Series:
    """Return the root mean square of each row."""
    return (changes**2).mean(axis=1) ** 0.5


def _beside(spread: float, chance: pd.Series) -> tuple[float, float, float, int, float]:
    """Return what random vectors do, how many there are, and p of the vector among them."""
    count = len(chance)
    if count < FEWEST:
        return (float("nan"), float("nan"), float("nan"), count, float("nan"))
    low, middle, high = (float(chance.quantile(at)) for at in (0.025, 0.5, 0.975))
    sizes = np.log(chance.to_numpy(dtype=np.float64).clip(min=1e-300))
    error = sizes.std(ddof=1) * np.sqrt(1 + 1 / count)
    above = (np.log(max(spread, 1e-300)) - sizes.mean()) / max(error, 1e-300)
    return (middle, low, high, count, float(stats.t.sf(above, count - 1)))
