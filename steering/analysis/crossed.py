"""Crossed vectors: what a vector that is read in one form does to the answers in the other form.

Letters and replies in free text are two forms of the same questions, and a vector can be read at
the letter or over the tokens of a reply. Each of the two is tried on each form. On the questions of
a form, both have the norm of the form's own vector and act at its layer.
"""

from __future__ import annotations

import pandas as pd

from steering.analysis.curves import CURVE_KEY, RUN_KEY, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import each, rank_correlation
from steering.records.directions import CONTRASTIVE, CROSSED

HOME = "BASE"
_FORM_KEY = [*RUN_KEY, "form"]
_SHARED = ["model", "concept", "form", *CURVE_KEY]
_WORDS = ["model", "concept", "form", "prompt_setting"]


def crossed_curves(curves: pd.DataFrame, crossed: pd.DataFrame) -> pd.DataFrame:
    """Return the slopes of the BASE vector of a form's own, and of the one read in the other form.

    `curves` is the table of `curve_table` for one form, `crossed` that of `records.crossed` for
    both. One row per curve, in every prompt setting: model, concept, kind, form, prompt_setting,
    item, order, `group`, `direction` (contrastive, or crossed) and `steerability`. Questions on
    which the other vector was not tried are left out.
    """
    own = select(curves, prompt_setting=None)
    own = own[[*_FORM_KEY, "prompt_setting", *CURVE_KEY, "group", "steerability"]]
    own = own.astype(dict.fromkeys(_WORDS, "str"))
    known = own[[*RUN_KEY, "form", *CURVE_KEY, "group"]].drop_duplicates([*_SHARED])
    others = crossed[[*_SHARED, "prompt_setting", "steerability"]]
    others = others.astype(dict.fromkeys(_WORDS, "str")).merge(known, on=_SHARED)
    both = [own.assign(direction=CONTRASTIVE), others.assign(direction=CROSSED)]
    table = pd.concat(both, ignore_index=True)
    tried = others[[*_SHARED, "prompt_setting"]].drop_duplicates()
    return table.merge(tried, on=list(tried.columns))


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Return how far two vectors do the same to the same questions: the own one, the crossed one.

    `table` is that of `crossed_curves`. One row per model, concept, kind, form (of the questions)
    and prompt_setting: `own` and `crossed` (mean slopes) each with `_low` and `_high` (95 %, over
    groups of test questions); `rho`, `rho_low`, `rho_high`, the rank correlation of the slopes of
    questions, both orders together (Bonett and Wright's interval on the number of groups); `n`
    (questions), `groups`.
    """
    key = [*_FORM_KEY, "prompt_setting"]
    rows = []
    for run, part in each(table, key):
        questions = part.groupby(["item", "group", "direction"], as_index=False)["steerability"]
        wide = questions.mean().pivot(
            index=["item", "group"], columns="direction", values="steerability"
        )
        if not {CONTRASTIVE, CROSSED} <= set(wide):
            continue
        wide = wide.dropna().reset_index()
        groups = int(wide["group"].nunique())
        ranks = rank_correlation(wide[CONTRASTIVE], wide[CROSSED], units=groups)
        means = {
            str(row["direction"]): (row["mean"], row["low"], row["high"])
            for _, row in _means(part).iterrows()
        }
        correlation = (ranks["rho"], ranks["low"], ranks["high"])
        rows.append((*run, *means[CONTRASTIVE], *means[CROSSED], *correlation, len(wide), groups))
    names = [f"{name}{end}" for name in ("own", "crossed", "rho") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*key, *names, "n", "groups"])


def over_concepts(agreements: pd.DataFrame) -> pd.DataFrame:
    """Return the rank correlation of concepts: by what their own vector does, and the crossed one.

    `agreements` is the table of `agreement`. One row per model, form and prompt_setting: `rho`,
    `low`, `high` and `n` (concepts); NaN with fewer than four concepts.
    """
    key = ["model", "form", "prompt_setting"]
    rows = [
        (*run, *(rank_correlation(part["own"], part["crossed"])[name] for name in _RANKS))
        for run, part in each(agreements, key)
    ]
    return pd.DataFrame(rows, columns=[*key, *_RANKS])


_RANKS = ("rho", "low", "high", "n")


def _means(part: pd.DataFrame) -> pd.DataFrame:
    # Each vector by itself: neither has resampled ones here.
    tables = [
        training_pairs.means(rows.assign(number=0), "steerability", ["direction"])
        for _, rows in part.groupby("direction")
    ]
    return pd.concat(tables, ignore_index=True)
