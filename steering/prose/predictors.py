"""Sentences and a table about what training items alone tell of how well a vector will work."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from IPython.display import Markdown

from steering.analysis.predictors import EFFECT, LEFT, OUTCOMES, REVERSED, SLOPE, place_among
from steering.prose.ranks import rank_told
from steering.prose.words import (
    Column,
    Row,
    listed,
    number,
    plural,
    probability,
    records,
    share,
    table,
    within,
)
from steering.records.kinds import OURS, PUBLIC
from steering.records.predictors import (
    AGREEMENT,
    CONSISTENCY,
    D_PRIME,
    DOSE,
    PAIRWISE,
    PERSONA,
    SPLIT_HALF,
    SPREAD,
    TITLES,
)
from steering.records.tables import SAID, TODAY

OUTCOME_TITLES = {
    SLOPE: "mean slope",
    EFFECT: "effect beside random vectors",
    REVERSED: "share of questions reversed",
    LEFT: "share left under another prompt",
}
FORM_TITLES = {TODAY["form"]: "letters", SAID: "free text"}
RHO = ("rho", "low", "high")

# What each predictor says of one vector, given its value.
_SAID_OF_ONE: dict[str, Callable[[float], str]] = {
    AGREEMENT: lambda v: (
        f"A pair's difference has a cosine of {number(v)} with their mean, which is the vector."
    ),
    PAIRWISE: lambda v: (
        f"The differences of two questions have a cosine of {number(v)} with each other."
    ),
    D_PRIME: lambda v: (
        f"Along a vector of other pairs, positive and negative answers lie {number(v)} pooled "
        "standard deviations apart (d′)."
    ),
    SPLIT_HALF: lambda v: (
        f"The vectors of two random halves of the training groups have a cosine of {number(v)}."
    ),
    DOSE: lambda v: (
        f"The vector is {number(v)} times as long as the residual stream that it is added to."
    ),
    SPREAD: lambda v: (
        f"Vectors of resampled groups lie {number(v, 1)} degrees from it on average: the fewer, "
        "the less it depends on which groups it was made of."
    ),
    CONSISTENCY: lambda v: (
        f"Without any vector the model takes the same statement in both orders at {share(v)} of "
        "the questions."
    ),
    PERSONA: lambda v: (
        f"The vector has a cosine of {number(v)} with what the personas change where it is added."
    ),
}


def foretold_sentences(found: pd.DataFrame, committed: pd.DataFrame) -> list[str]:
    """Return what each predictor says of one vector at one layer, a sentence or two for each.

    `found` holds the predictors at that layer, and `committed` those of committed runs, among which
    each value is placed as far as there are any in the same form, at their own layers.
    """
    lines = []
    for row in records(found):
        same = committed[
            (committed["form"] == row["form"]) & (committed["predictor"] == row["predictor"])
        ]
        if pd.isna(row["value"]):
            lines.append(
                f"{TITLES[row['predictor']].capitalize()}: not known, since there is one group "
                "of training items alone."
            )
            continue
        below, count = place_among(row["value"], same["value"])
        among = f" That is more than in {below} of {count} committed runs." if count else ""
        lines.append(_SAID_OF_ONE[row["predictor"]](row["value"]) + among)
    return lines


def worth_sentences(found: pd.DataFrame) -> str:
    """Return which predictors are worth anything. Takes `analysis.predictors.correlations`."""
    tests = int(found["p"].notna().sum())
    if not tests:
        return (
            "**Not judged**: there are too few concepts of a kind with predictors beside them to "
            "rank them."
        )
    worth = found[found["worth"]]
    several = bool((found["models"] > 1).any())
    rule = (
        "A predictor is worth something where its rank correlation is told apart from chance (q at "
        f"most {share(0.05)} over all {tests} shown"
        + (
            ") and a line fitted in the other models predicts the model left out better than "
            "their mean does."
            if several
            else "). With one model, whether it holds in another cannot be said."
        )
    )
    if worth.empty:
        best = records(found.sort_values("rho", key=abs, ascending=False, kind="stable"))[0]
        return (
            f"**None of them is worth anything here.** {rule} The largest correlation is "
            f"{_of_one(best)}."
        )
    parts = []
    for outcome in OUTCOMES:
        rows = worth[worth["outcome"] == outcome]
        told = [_of_one(row, named=False) for row in records(rows)]
        nothing = "none of them is worth anything"
        what = listed(told) if told else nothing
        parts.append(f"- For the **{OUTCOME_TITLES[outcome]}**: {what}.")
    never = [
        title for name, title in TITLES.items()
        if name in set(found["predictor"]) and name not in set(worth["predictor"])
    ]  # fmt: skip
    end = f"\n\nWorth nothing for any of these here: {listed(never)}." if never else ""
    return f"{rule}\n\n" + "\n".join(parts) + end


def dispute_sentences(found: pd.DataFrame) -> str:
    """Return what our data say on what two papers disagree about. Takes the same table."""
    lines = []
    for outcome in (SLOPE, EFFECT):
        there = found[found["outcome"] == outcome]
        lines += [
            f"- {TITLES[name].capitalize()} and {OUTCOME_TITLES[outcome]}: {_over_kinds(rows)}."
            for name in (AGREEMENT, D_PRIME)
            if len(rows := there[there["predictor"] == name])
        ]
    if not lines:
        return "Neither finding can be looked at here: there are too few concepts."
    return "Rank correlations in these runs:\n\n" + "\n".join(lines)


def _over_kinds(rows: pd.DataFrame) -> str:
    return "; ".join(
        f"{_where(row)} {_rho(row)}" for row in records(rows.sort_values(["form", "kind"]))
    )


def _of_one(row: Row, *, named: bool = True) -> str:
    what = f"{TITLES[row['predictor']]}" + (
        f" with the {OUTCOME_TITLES[row['outcome']]}" if named else ""
    )
    return f"{what} ({_where(row)}: {_rho(row)})"


def _where(row: Row) -> str:
    kinds = {OURS: "concepts of ours", PUBLIC: "public sets"}
    return f"{kinds.get(row['kind'], row['kind'])}, {FORM_TITLES.get(row['form'], row['form'])}"


def _rho(row: Row) -> str:
    return f"ρ = {within(row, RHO)}"


def judged_of(both: pd.DataFrame) -> str:
    """Return how many vectors and concepts predictors are held against outcomes of, in words.

    Takes the table of `analysis.predictors.beside_outcomes`.
    """
    vectors = both.drop_duplicates(["model", "concept", "form"])
    return (
        f"{plural(len(vectors), 'vector')} of {plural(both['concept'].nunique(), 'concept')} in "
        f"{plural(both['model'].nunique(), 'model')}"
    )


def correlations_table(found: pd.DataFrame) -> Markdown:
    """Return a table with a row for each predictor and outcome, kind and form.

    Takes the table of `analysis.predictors.correlations`.
    """
    columns: dict[str, Column] = {
        "Predictor": lambda row: TITLES[row["predictor"]],
        "Outcome": lambda row: OUTCOME_TITLES[row["outcome"]],
        "Of": _where,
        "ρ (95 %)": lambda row: within(row, RHO),
        "q": lambda row: probability(row["q"]),
        "Error saved in a model left out": lambda row: share(row["gain"]),
        "Worth something": lambda row: "yes" if row["worth"] else "no",
        "n": lambda row: f"{plural(row['concepts'], 'concept')}, {plural(row['models'], 'model')}",
    }
    return table(found, columns)


def agreement_finding(found: pd.DataFrame) -> str:
    """Return in one sentence how many correlations are told from chance, and hold elsewhere.

    Takes `analysis.predictors.correlations`.
    """
    tests = int(found["p"].notna().sum())
    if not tests:
        return "There are too few concepts to rank them."
    return (
        f"{int(found['worth'].sum())} of {tests} rank correlations of a predictor with an outcome "
        "are worth something."
    )


def pairs_finding(found: pd.DataFrame) -> str:
    """Return in one sentence whether vectors whose pairs agree more have larger mean slopes.

    Takes `analysis.predictors.correlations`.
    """
    rows = found[
        (found["predictor"] == AGREEMENT) & (found["outcome"] == SLOPE) & found["rho"].notna()
    ]
    if rows.empty:
        return "There are too few concepts to rank them by the agreement of their pairs."
    told = [
        f"{rank_told(row)} for {_where(row)}" for row in records(rows.sort_values(["form", "kind"]))
    ]
    return (
        "The agreement of a vector's training pairs and its mean slope have a rank correlation of "
        f"{'; '.join(told)}."
    )
