"""What planted truth says of the report's own intervals and claims.

Where a model was trained so that every slope is known, it can be counted how often an interval
holds the truth, and how often a claim is right. A model learns its plan with a small error of its
own. So the contrastive vector is also held to what the model really learned: the slope measured
along the planted direction, as far as the vector reaches along it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from steering.analysis.brittleness import MARGIN, SHIFTS, shift_name
from steering.analysis.curves import RUN_KEY, select
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import each, effective_number, share_interval
from steering.analysis.verdict import outcomes
from steering.records.directions import CONTRASTIVE, PLANTED

# What is measured, and what it is held to.
AS_LEARNED = "along the planted direction, against the plan"
AS_FOUND = "along the contrastive vector, against the plan"
APART = "along the contrastive vector, against what the model learned"
BASE, ALL = "BASE", "all prompt settings"
_KEY = [*RUN_KEY, "prompt_setting"]


def reaches(cards: Iterable[Mapping[str, Any]], lengths: pd.DataFrame | None) -> pd.DataFrame:
    """Return how far each run's BASE vector reaches along the planted direction, in units of it.

    `cards` are those of the runs of one model, `lengths` is the table of
    `records.training.planted_lengths` of its folder. Columns: model, concept, `reach`. Concepts
    whose vector is of another layer than the one that was trained are left out.
    """
    if lengths is None:
        return pd.DataFrame(columns=["model", "concept", "reach"])
    planted = lengths.set_index("concept")
    rows = []
    for card in cards:
        concept, cosine = card["concept"]["name"], card.get("cosine_planted")
        if cosine is None or concept not in planted.index:
            continue
        if int(card["layer"]) == planted.loc[concept, "layer"]:
            reach = cosine * card["vector_norms"]["BASE"] / planted.loc[concept, "length"]
            rows.append((card["model"]["name"], concept, float(reach)))
    return pd.DataFrame(rows, columns=["model", "concept", "reach"])


def against_truth(curves: pd.DataFrame, reached: pd.DataFrame) -> pd.DataFrame:
    """Return every interval of a mean slope whose truth is known, along vectors of BASE.

    `curves` is the table of `curve_table`, `reached` that of `reaches`. One row per model, concept,
    kind, prompt_setting and `against` (`AS_LEARNED`, `AS_FOUND`, `APART`): `mean`, `low`, `high`,
    `truth`, `held`, `n`, `groups`, `vectors_resampled`.
    """
    pair = select(curves, direction=None, prompt_setting=None)
    known = pair[pair["planted_steerability"].notna()]
    plan = known.groupby([*_KEY, "direction"], as_index=False)["planted_steerability"].mean()
    learned = select(pair, direction=PLANTED, prompt_setting=None)
    learned = learned.groupby(_KEY, as_index=False).agg(learned=("steerability", "mean"))
    tables = []
    for direction, against in ((PLANTED, AS_LEARNED), (CONTRASTIVE, AS_FOUND)):
        rows = pair[pair["direction"] == direction]
        if direction == CONTRASTIVE:
            rows = training_pairs.beside_resampled(pair, prompt_setting=None)
        truth = plan[plan["direction"] == direction].drop(columns="direction")
        means = training_pairs.means(rows, "steerability", _KEY).merge(truth, on=_KEY)
        means = means.rename(columns={"planted_steerability": "truth"})
        tables.append(means.assign(against=against))
    apart = tables[1].drop(columns="truth").merge(learned, on=_KEY)
    apart = apart.merge(reached, on=["model", "concept"])
    truth = (apart.pop("learned") * apart.pop("reach")).astype(float)
    tables.append(apart.assign(truth=truth, against=APART))
    table = pd.concat(tables, ignore_index=True)
    held = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    columns = [*_KEY, "against", "mean", "low", "high", "truth", "held", *training_pairs.COUNTS]
    return table.assign(held=held)[columns]


def covered_truth(curves: pd.DataFrame, reached: pd.DataFrame) -> pd.DataFrame:
    """Return how many intervals hold the planted truth, per model, in BASE and in all settings.

    Takes what `against_truth` takes. Columns: model, `against`, `settings`, `held`, `of`, `share`,
    `low`, `high` (95 %, Wilson's, concepts as groups), `distance` (median size of mean less truth),
    `furthest` (its largest).
    """
    rows = []
    table = against_truth(curves, reached)
    for settings, part in ((BASE, table[table["prompt_setting"] == BASE]), (ALL, table)):
        for key, one in each(part, ["model", "against"]):
            away = (one["mean"] - one["truth"]).abs()
            counts = _share(one["held"], one["concept"])
            rows.append((*key, settings, *counts, away.median(), away.max()))
    columns = ["model", "against", "settings", "held", "of", "share", "low", "high"]
    found = pd.DataFrame(rows, columns=[*columns, "distance", "furthest"])
    return found.sort_values(["model", "against"], key=_in_order, kind="stable", ignore_index=True)


def claims_on_truth(verdicts: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return how many claims about planted concepts are right, per model, claim and outcome.

    `verdicts` is the table of verdicts, `curves` that of `curve_table`. One row per model, claim
    and outcome that says something: `made` (how often it is said), `right`, `wrong`, `true` (how
    often it would be right by the plan), `of` (how many were judged), `share` of wrong ones among
    those made, with `low`, `high` (95 %, Wilson's, concepts as groups). A share that is left counts
    as lost below 0.8 and as gained above 1.25.
    """
    truth = _true_outcomes(curves)
    key = ["model", "concept", "claim", "subject"]
    both = verdicts[verdicts["direction"] == CONTRASTIVE].merge(truth, on=key)
    rows = []
    for claim, said in SAID.items():
        for model, part in both[both["claim"] == claim].groupby("model", sort=False):
            for outcome in said:
                made, true = part["outcome"] == outcome, part["truth"] == outcome
                wrong = made & ~true
                counts = (int(made.sum()), int((made & true).sum()), int(wrong.sum()))
                ends = _share(wrong[made], part.loc[made, "concept"])[2:]
                rows.append((model, claim, outcome, *counts, int(true.sum()), len(part), *ends))
    columns = ["model", "claim", "outcome", "made", "right", "wrong", "true", "of"]
    return pd.DataFrame(rows, columns=[*columns, "share", "low", "high"])


# The outcomes that say something which a plan makes true or false.
SAID = {
    outcomes.STEERING: (outcomes.MOVES, outcomes.WRONG_WAY),
    outcomes.LETTER: (outcomes.TOWARDS_A, outcomes.TOWARDS_B),
    outcomes.SHIFT: (outcomes.BRITTLE, outcomes.STRONGER),
    outcomes.QUESTION: (outcomes.REVERSED, outcomes.FOLLOWS),
}
EXACT = 1e-6  # planted slopes nearer to zero than this are zero but for rounding


def _true_outcomes(curves: pd.DataFrame) -> pd.DataFrame:
    """Return what the plan says of each concept, shift and question, empty where nothing."""
    known = select(curves, vector_setting=None, prompt_setting=None)
    known = known[known["planted_steerability"].notna()]
    items = counterbalanced(select(known))
    run = ["model", "concept"]
    means = items.groupby(run)[["planted_steerability", "planted_position_bias"]].mean()
    rows = []
    for model, concept, slope, push in means.reset_index().to_numpy():
        steering, letter = SAID[outcomes.STEERING], SAID[outcomes.LETTER]
        rows.append((model, concept, outcomes.STEERING, "", _signed(slope, *steering)))
        rows.append((model, concept, outcomes.LETTER, "", _signed(push, *letter)))
    for model, concept, item, slope in items[[*run, "item", "planted_steerability"]].to_numpy():
        said = _signed(slope, outcomes.FOLLOWS, outcomes.REVERSED)
        rows.append((model, concept, outcomes.QUESTION, str(item), said))
    planted = known.groupby([*run, "vector_setting", "prompt_setting"])["planted_steerability"]
    slopes = planted.mean().to_dict()
    for model, concept in means.reset_index()[run].to_numpy():
        home = slopes[model, concept, BASE, BASE]
        for vector, prompt in SHIFTS:
            away = slopes.get((model, concept, vector, prompt), math.nan)
            left = away / home if abs(home) > EXACT else math.nan
            lost = outcomes.BRITTLE if left < MARGIN[0] else ""
            said = outcomes.STRONGER if left > MARGIN[1] else lost
            rows.append((model, concept, outcomes.SHIFT, shift_name(vector, prompt), said))
    return pd.DataFrame(rows, columns=["model", "concept", "claim", "subject", "truth"])


def _signed(value: float, above: str, below: str) -> str:
    return "" if abs(value) <= EXACT else (above if value > 0 else below)


def _share(flags: pd.Series, units: pd.Series) -> tuple[int, int, float, float, float]:
    """Return how many flags hold, of how many, and the share with its interval."""
    if flags.empty:
        return 0, 0, math.nan, math.nan, math.nan
    share = float(flags.mean())
    number = float(len(flags)) if units.is_unique else effective_number(flags, units)
    return int(flags.sum()), len(flags), share, *share_interval(share * number, number)


def _in_order(column: pd.Series) -> pd.Series:
    places = {name: at for at, name in enumerate((AS_LEARNED, AS_FOUND, APART))}
    return column.map(places) if column.name == "against" else column
