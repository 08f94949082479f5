"""Sentences about what a push does to the concepts that it is not meant for."""

from __future__ import annotations

import pandas as pd

from steering.analysis.side_effects import BEYOND, UNKNOWN
from steering.analysis.strength import MIDDLE
from steering.prose.quartiles import quartiles
from steering.prose.scope import whole
from steering.prose.words import Row, interval, listed, number, plural, records


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
        f"Of {several}, {len(beyond)} {'changes' if len(beyond) == 1 else 'change'} them by more "
        "than chance explains: "
        f"{listed(beyond['concept'])}. The one furthest beyond chance is that of "
        f"{worst['concept']}, which changes other concepts by {number(worst['spread'])}, where "
        f"random vectors change them by {number(worst['random'])}. It changes {worst['farthest']} "
        f"most ({number(worst['farthest_change'])})."
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


def over_layers_sentence(summary: pd.DataFrame) -> str:
    """Return how side effects go over layers and doses; "" where they were not measured.

    Takes the table of `analysis.side_effects.over_layers` for one model. At a middle dose the
    layers with the largest and the smallest side effect are named, with what random vectors do and
    what the vectors do to their own concepts there; and then what the doses do at the former.
    """
    if summary.empty:
        return ""
    dose = min(summary["dose"].unique(), key=lambda one: abs(one - MIDDLE))
    middle = summary[summary["dose"] == dose]
    most = records(middle.loc[[middle["spread"].idxmax()]])[0]
    least = records(middle.loc[[middle["spread"].idxmin()]])[0]
    doses = summary[summary["layer"] == most["layer"]].sort_values("dose")
    each = [f"{number(row['spread'])} at dose {number(row['dose'])}" for row in records(doses)]
    return (
        "What a vector does to other concepts was measured at other layers and doses, too, under "
        "the pushes themselves and not from slopes (medians over vectors). At a dose of "
        f"{number(float(dose))} it is largest at layer {most['layer']}: {_of_layer(most)}. "
        f"It is smallest at layer {least['layer']}: {_of_layer(least)}. At layer {most['layer']} "
        f"it is {listed(each)}."
    )


def _of_layer(row: Row) -> str:
    """Return what vectors do at a layer, to other concepts and to their own."""
    return (
        f"{number(row['spread'])} logits, where random vectors do {number(row['random'])} (95 %: "
        f"{interval(row['random_low'], row['random_high'])}) and the vectors change their own "
        f"concepts by {number(row['own'])}"
    )


def over_layers_observed(summary: pd.DataFrame) -> str:
    """Return how much side effects over layers rest on, by `analysis.side_effects.over_layers`."""
    vectors, others = whole(summary["vectors"]), whole(summary["others"])
    return (
        f"{vectors} vectors, each tried on up to {others} other concepts, "
        f"{whole(summary['numbers'])} random ones"
    )
