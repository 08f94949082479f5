"""Sentences and a table about how well planted slopes are recovered."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
from IPython.display import Markdown

from steering.analysis.validation import EVERY, HOME
from steering.analysis.verdict.outcomes import LETTER, QUESTION, SHIFT, STEERING
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    TOGETHER,
    UNIT,
    Column,
    Row,
    interval,
    number,
    plural,
    records,
    share,
    table,
    table_by_kind,
    three,
    within,
)


def recovery_sentences(pooled: pd.DataFrame) -> str:
    """Return how well the planted slopes were recovered.

    `pooled` is the table of `analysis.validation.recovery(pooled=True)`.
    """
    words = {
        "planted": "Along the planted direction (what the model learned)",
        "contrastive": "Along the contrastive vector (what the pipeline finds of it)",
    }
    lines = []
    for row in records(pooled):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        signs = interval(row["sign_low"], row["sign_high"], share)
        lines.append(
            f"- {words[row['direction']]}, measured slopes correlate with planted ones at "
            f"**{three(row['correlation'])}** ({r}) over {row['n']} curves of {row['groups']} "
            f"groups. The root mean square error is {number(row['rmse'])} {UNIT}. The sign is "
            f"right on {share(row['sign_agreement'])} ({signs}) of the {row['clear']} curves whose "
            "planted slope is clearly not zero."
        )
    return "\n".join(lines) or "Nothing is planted for these concepts."


AGAINST = {
    ("planted", "planted"): "Along the planted direction, against what was planted",
    ("contrastive", "planted"): "Along the contrastive vector, against what was planted",
    ("contrastive", "learned"): (
        "Along the contrastive vector, against what the planted direction does in this model"
    ),
}
CLAIMS = {
    STEERING: "The vector moves the answer",
    LETTER: "It pushes towards a letter",
    SHIFT: "It loses or gains effect under a shift",
    QUESTION: "It moves this question the wrong way",
}


def covered_table(covered: pd.DataFrame) -> Markdown:
    """Return a table of how many intervals hold the truth, and what is known of those that don't.

    Takes the table of `analysis.validation.covered_truth` for one model.
    """
    if covered.empty:
        return Markdown("Nothing is planted for these concepts.")
    rows = []
    for (direction, against), name in AGAINST.items():
        part = covered[(covered["direction"] == direction) & (covered["against"] == against)]
        row = {"interval": name}
        for place, settings in (("home", HOME), ("every", EVERY)):
            one = records(part[part["settings"] == settings])
            row[place] = _held(one[0]) if one else "–"
            row[f"{place}_distance"] = number(one[0]["distance"]) if one else "–"
        rows.append(row)
    columns: dict[str, Column] = {
        "Intervals of mean slopes": "interval",
        f"Hold it in {HOME} (95\u202f%)": "home",
        "Median distance, logits": "home_distance",
        "Hold it in all settings measured (95\u202f%)": "every",
        "Median distance in all, logits": "every_distance",
    }
    return table(pd.DataFrame(rows), columns)


def _held(row: Row) -> str:
    band = interval(row["low"], row["high"], share)
    return f"{row['held']} of {row['intervals']} ({band})".replace(" ", TOGETHER, 2)


def claims_table(claims: pd.DataFrame) -> Markdown:
    """Return a table of the claims that the report makes where the truth was planted.

    Takes the table of `analysis.planted_claims.claims_on_truth` for one model.
    """
    if claims.empty:
        return Markdown("Nothing is planted for these concepts.")
    columns: dict[str, Column] = {
        "Claim": lambda row: CLAIMS[row["claim"]],
        "Verdicts": "judged",
        "Claims made": "made",
        "False among them (95\u202f%)": lambda row: _of(
            row["made"] - row["true"], row["made"], row["false_low"], row["false_high"]
        ),
        "Planted": "planted",
        "Missed of these (95\u202f%)": lambda row: _of(
            row["missed"], row["planted"], 1 - row["found_high"], 1 - row["found_low"]
        ),
    }
    return table(claims, columns)


def _of(count: int, of: int, low: float, high: float) -> str:
    return f"{count} ({interval(low, high, share)})" if of else "–"


def planted_as(cards: Iterable[Row]) -> dict[str, str]:
    """Return what each concept was planted as, in words: "anti-steerable subpopulation"."""
    designs = {card["concept"]["name"]: card["concept"]["design"] for card in cards}
    words = {name: design.replace("_", " ") for name, design in designs.items() if design}
    return {name: re.sub(r"^(anti|near) ", r"\1-", design) for name, design in words.items()}


def recovery_table(recovered: pd.DataFrame, cards: Iterable[Row]) -> Markdown:
    """Return a table with a row for each concept: planted and recovered means."""
    cosines = {card["concept"]["name"]: card["cosine_planted"] for card in cards}
    designs = planted_as(cards)
    key = ["model", "concept"]
    contrastive = recovered[recovered["direction"] == "contrastive"]
    truth = recovered[recovered["direction"] == "planted"]
    both = contrastive.merge(
        truth[[*key, "recovered"]], on=key, how="left", suffixes=("", "_truth")
    )
    slope = ("recovered", "recovered_low", "recovered_high")
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Planted as": lambda row: designs.get(row["concept"], "–"),
        "Planted mean": lambda row: number(row["planted"]),
        "Along the planted direction": lambda row: number(row["recovered_truth"]),
        "Along the contrastive vector (95\u202f%)": lambda row: within(row, slope),
        "Correlation": lambda row: three(row["correlation"]),
        "Planted, recovered anti-steerable": lambda row: (
            f"{share(row['anti_steerable_planted'])}, {share(row['anti_steerable_recovered'])}"
        ),
        "Cosine of the two": lambda row: number(cosines[row["concept"]]),
    }
    return table_by_kind(both, columns)


def recovery_finding(pooled: pd.DataFrame) -> str:
    """Return in one sentence how well the contrastive vector recovers planted slopes.

    Takes what `recovery_sentences` takes. An empty text where nothing was planted.
    """
    known = pooled[(pooled["direction"] == "contrastive") & pooled["correlation"].notna()]
    return " ".join(
        f"Slopes along the contrastive vector correlate with planted ones at "
        f"{three(row['correlation'])} "
        f"({interval(row['correlation_low'], row['correlation_high'], three)}), with a root mean "
        f"square error of {number(row['rmse'])} {UNIT}."
        for row in records(known)
    )


def panels_finding(recovered: pd.DataFrame, concepts: Iterable[str]) -> str:
    """Return in one sentence how well slopes are recovered within each of some concepts.

    Takes the table of `analysis.validation.recovery` along the contrastive vector.
    """
    shown = recovered[recovered["concept"].isin(list(concepts))].dropna(subset="correlation")
    if shown.empty:
        return "Within no concept do the planted slopes vary."
    row = records(shown.sort_values("correlation", kind="stable"))[0]
    ends = interval(row["correlation_low"], row["correlation_high"], three)
    return (
        f"Within {plural(len(shown), 'concept')}, measured slopes correlate with planted ones: "
        f"{quartiles(shown['correlation'], three)}, least in {row['concept']} "
        f"({three(row['correlation'])}, {ends})."
    )


def means_finding(covered: pd.DataFrame) -> str:
    """Return in one sentence how many intervals of mean slopes hold what was planted.

    Takes the table of `analysis.validation.covered_truth`, of which the rows along the contrastive
    vector count, in distribution.
    """
    held = covered[
        (covered["direction"] == "contrastive")
        & (covered["against"] == "planted")
        & (covered["settings"] == HOME)
    ]
    return " ".join(
        f"The interval of the mean slope holds the planted mean for {row['held']} of "
        f"{plural(row['intervals'], 'concept')} ({interval(row['low'], row['high'], share)}); the "
        f"two lie {number(row['distance'])} {UNIT} apart (median)."
        for row in records(held)
    )
