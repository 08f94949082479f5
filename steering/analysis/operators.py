"""Operators and makers of directions at equal cost, each beside adding the mean difference.

Every way is tried at its own operating point: the strongest push under one cost. So what differs is
what it does, and not how strongly it was applied.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.answering import answering
from steering.analysis.curves import curve_table
from steering.analysis.statistics.chance import RATE, false_discovery
from steering.analysis.statistics.groups import LEVEL, each
from steering.analysis.strength import costs_by_dose
from steering.analysis.verdict.operating import operating_points, operating_verdicts
from steering.records.results import Results
from steering.records.tables import TODAY

FEWEST_CONCEPTS = 5
MORE, LESS, ALIKE = "does more", "does less", "cannot be told apart"
_RUN = ["model", "concept", "kind", "form"]
_WAY = ["operator", "maker"]


def points_of_way(
    results: Results, costs: pd.DataFrame, wide: pd.DataFrame, way: tuple[str, str]
) -> pd.DataFrame:
    """Return the operating points of some runs by one operator and maker, and what each does there.

    `costs` and `wide` are the tables of `records.strength`. The rows are those of
    `verdict.operating.operating_points`, with `operator`, `maker` and the `layer` of each run.
    """
    claims = operating_verdicts(wide, curve_table(results), answering(results))
    points = operating_points(results.cards, costs_by_dose(costs, results.cards), claims)
    layers = {card["concept"]["name"]: int(card["layer"]) for card in results.cards}
    operator, maker = way
    layer = points["concept"].astype("str").map(layers)
    return points.assign(operator=operator, maker=maker, layer=layer)


def beside_adding(points: pd.DataFrame) -> pd.DataFrame:
    """Return what each way does beside adding the mean difference, over the concepts of a kind.

    `points` are rows of `verdict.operating.operating_points` with `operator` and `maker`. Counted
    are concepts where adding moves the answer (its interval leaves out zero), as a change in the
    direction of adding's own effect. One row per model, kind, form, operator and maker:

    - `difference`, `low`, `high`: mean of the way's effect less adding's, in logits (95 %,
      Student's t over concepts); `relative`: over the mean effect of adding
    - `n` (concepts), `p` (paired t), `q` (Benjamini and Hochberg, over the ways of a model and
      kind), `outcome`: `MORE`, `LESS` or `ALIKE`; on fewer than five concepts nothing is claimed
    """
    both = gains(points)
    rows = []
    for key, part in each(both, ["model", "kind", "form", *_WAY]):
        gain = part["gain"].to_numpy(dtype=np.float64)
        enough = len(gain) >= FEWEST_CONCEPTS and np.ptp(gain) > 0
        low = high = p = float("nan")
        if enough:
            test = stats.ttest_1samp(gain, 0.0)
            low, high = test.confidence_interval(LEVEL)
            p = float(test.pvalue)
        mean = float(gain.mean())
        relative = mean / float(part["adding"].abs().mean())
        rows.append((*key, mean, float(low), float(high), relative, len(gain), p))
    columns = ["difference", "low", "high", "relative", "n", "p"]
    table = pd.DataFrame(rows, columns=["model", "kind", "form", *_WAY, *columns])
    if table.empty:
        return table.assign(q=pd.Series(dtype=float), outcome=pd.Series(dtype=str))
    families = [table["model"], table["kind"], table["form"]]
    table = table.assign(q=false_discovery(table["p"], within=families))
    told = table["q"] <= RATE
    outcome = np.select(
        [told & (table["low"] > 0), told & (table["high"] < 0)], [MORE, LESS], ALIKE
    )
    return table.assign(outcome=outcome)


def gains(points: pd.DataFrame) -> pd.DataFrame:
    """Return the difference from adding for each concept and way: the dots of the figure."""
    usual = (points["operator"] == TODAY["operator"]) & (points["maker"] == TODAY["maker"])
    moves = (points["low"] > 0) | (points["high"] < 0)
    adding = points.loc[usual & moves, [*_RUN, "effect"]].rename(columns={"effect": "adding"})
    both = points[~usual].merge(adding, on=_RUN)
    gain = np.sign(both["adding"]) * (both["effect"] - both["adding"])
    return both.assign(gain=gain)[[*_RUN, *_WAY, "gain", "adding"]]
