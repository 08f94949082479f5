"""Sentences about what a push does to the concepts that it is not meant for."""

from __future__ import annotations

import pandas as pd

from steering.analysis.side_effects import BEYOND, UNKNOWN
from steering.prose.quartiles import quartiles
from steering.prose.scope import whole
from steering.prose.words import listed, number, plural, records


def side_effect_sentence(effects: pd.DataFrame) -> str:
    """Return what the vectors do to other concepts, by `analysis.side_effects.side_effects`."""
    if effects.empty:
        return (
            "What these vectors do to other concepts was not measured: it takes several concepts."
        )
    others = plural(int(effects["others"].max()), "other concept")
    told = (
        f"A push moves what it is not meant for, too. At the dose of its operating point, a vector "
        f"changes its own concept's mean propensity by {quartiles(effects['own'].abs())} logits in "
        f"size, and that of up to {others} by {quartiles(effects['spread'])} (root mean square "
        "over them)."
    )
    known = effects[effects["outcome"] != UNKNOWN]
    if known.empty:
        return told + " How much of that is chance is not known without ten random vectors."
    beyond = known[known["outcome"] == BEYOND]
    several = plural(len(known), "vector")
    told += (
        f" Any push of that dose does something: random vectors change the same concepts by "
        f"{quartiles(known['random'])}. "
    )
    if beyond.empty:
        return told + f"None of {several} does more to them than random vectors do."
    worst = records(beyond.loc[[(beyond["spread"] / beyond["random"]).idxmax()]])[0]
    return told + (
        f"{listed(beyond['concept'])}: of {several} these do more to them than chance. Most beyond "
        f"it is that of {worst['concept']}: {number(worst['spread'])} where random vectors do "
        f"{number(worst['random'])}, and most on {worst['farthest']} "
        f"({number(worst['farthest_change'])})."
    )


def side_effect_finding(effects: pd.DataFrame) -> str:
    """Return on how many vectors the verdict is that they do more to others than chance."""
    known = effects[effects["outcome"] != UNKNOWN]
    beyond = int((known["outcome"] == BEYOND).sum())
    return (
        f"{beyond} of {plural(len(known), 'vector')} do more to other concepts than random vectors "
        "of the same dose."
    )


def side_effects_observed(effects: pd.DataFrame) -> str:
    """Return how much side effects rest on, by `analysis.side_effects.side_effects`."""
    vectors, others = plural(len(effects), "vector"), whole(effects["others"])
    return (
        f"{vectors}, each tried on {others} other concepts, {whole(effects['vectors'])} random ones"
    )
