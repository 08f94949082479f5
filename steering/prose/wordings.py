"""Sentences and tables about other words: where an effect is kept, and what its spread is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
from IPython.display import Markdown

from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    NO_ANSWER,
    NOT_STEERED,
    TOO_LITTLE,
    TURNED,
)
from steering.figures.caption import Captioned, captioned
from steering.figures.wordings import family_matrix, spread_over_wordings
from steering.prose.words import (
    Column,
    Row,
    escaped,
    interval,
    listed,
    number,
    plural,
    probability,
    share,
    table,
    within,
)

_HOW = "`steering measure MODEL CONCEPT --wordings N`, or `steering report … --wordings N`, does it"
# What the families of the report change; one that is not here is told by its name alone.
_CHANGES = {
    "settings": "a persona in the prompt, as in the paper",
    "question": "the question rephrased",
    "labels": "other labels of the two options",
    "order": "instructions, question and choices in another order",
    "role": "a role in the system prompt that has nothing to do with the concept",
    "language": "the request in another language",
    "typos": "typos in the question",
    "context": "a long text before the question that has nothing to do with it",
    "pairs": "a vector of fewer training groups, on the published wording",
}
_TOLD = {KEPT: "kept", BRITTLE: "weaker", TURNED: "reversed"}


def missing_sentence(missing: tuple[str, ...]) -> str:
    """Return which models were not measured in other words, and how they are; "" where all were."""
    if not missing:
        return ""
    names = listed([escaped(name) for name in missing])
    verb = "was" if len(missing) == 1 else "were"
    return f"{names} {verb} not measured in other words: {_HOW}."


def wording_sentences(claims: pd.DataFrame) -> str:
    """Return in how many families and concepts an effect is kept, weaker or reversed, by model."""
    told = []
    for model, part in claims.groupby("model", sort=False):
        judged = part[part["outcome"] != NOT_STEERED]
        counts = [
            f"{word} in {int((judged['outcome'] == outcome).sum())}"
            for outcome, word in _TOLD.items()
        ]
        rest = len(judged) - int(judged["outcome"].isin([*_TOLD]).sum())
        told.append(
            f"In {escaped(model)}, of {plural(len(judged), 'pair')} of a concept and a family of "
            f"wordings, the effect is {listed(counts)}; of {rest}, it cannot be told, or the "
            "model does not answer in these words."
        )
    return " ".join(told)


def matrix_finding(claims: pd.DataFrame) -> str:
    """Return the family in which the effect is kept for most concepts, and that for fewest."""
    answered = claims[~claims["outcome"].isin([NOT_STEERED, NO_ANSWER, TOO_LITTLE])]
    kept = answered.assign(kept=(answered["outcome"] == KEPT).astype(float))
    # Where as many are kept, that family comes first of whose effect less is left.
    means = kept.groupby("subject", sort=False)[["kept", "estimate"]].mean()
    ranked = means.sort_values(["kept", "estimate"])["kept"]
    if ranked.empty:
        return ""
    return (
        f"The effect is kept most often in the family “{ranked.index[-1]}” "
        f"({share(ranked.iloc[-1])} of vectors), and least often in “{ranked.index[0]}” "
        f"({share(ranked.iloc[0])})."
    )


def show_matrix(claims: pd.DataFrame) -> Captioned | Markdown:
    """Return the figure of concepts and families; nothing where nothing was measured."""
    if claims.empty:
        return Markdown("")
    concepts, families = claims["concept"].nunique(), claims["subject"].nunique()
    return captioned(
        family_matrix(claims),
        "The share of the mean steerability that is left in each family of wordings, for the"
        " concepts of each model. ✓ kept, ↓ weaker, ✗ reversed, ? cannot be decided, – the model"
        " does not answer in these words.",
        n=f"{plural(concepts, 'concept')} in {families} families of wordings",
        interval="none here; the table has those of every cell",
        alt="A map of concepts and families, coloured by what is left of the effect.",
        finding=matrix_finding(claims),
        name="families",
    )


def spread_finding(spreads: pd.DataFrame) -> str:
    """Return how far slopes vary over wordings and over questions, and where these are told apart.

    They are where the one's 95 % interval lies beyond the other's.
    """
    wide = spreads.pivot_table(
        index=["model", "concept"], columns="source", values=["sd", "low", "high"]
    )
    if wide.empty:
        return ""
    words, questions = (share(wide["sd", one].median()) for one in ("wording", "question"))
    more = int((wide["low", "wording"] > wide["high", "question"]).sum())
    less = int((wide["high", "wording"] < wide["low", "question"]).sum())
    return (
        f"The median standard deviation of slopes is {words} of their mean over"
        f" the wordings of a family, and {questions} over questions: of"
        f" {plural(len(wide), 'vector')}, wordings differ more in {more} and questions in {less},"
        " and in the others the intervals overlap."
    )


def show_spreads(spreads: pd.DataFrame) -> Captioned | Markdown:
    """Return the figure of spreads; nothing where nothing was measured."""
    if spreads.empty:
        return Markdown("")
    return captioned(
        spread_over_wordings(spreads),
        "How much slopes vary between families of wordings, between the wordings of a family, and"
        " between questions. Wordings in which the model does not answer are left out.",
        n=f"{plural(spreads['concept'].nunique(), 'concept')}, up to "
        f"{plural(int(spreads['wordings'].max()), 'wording')} of the questions of "
        f"{plural(int(spreads['groups'].max()), 'group')}",
        interval="whiskers: 95 %, of variance components",
        alt="For each concept, three standard deviations with their intervals.",
        finding=spread_finding(spreads),
        name="spread",
    )


def claims_table(claims: pd.DataFrame) -> Markdown:
    """Return a table of every concept and family: what is left, and the verdict."""
    columns: dict[str, Column] = {
        "Model": "model",
        "Concept": "concept",
        "Family": "subject",
        "Share that is left (95 %)": lambda row: within(row, ("estimate", "low", "high")),
        "Adjusted p": lambda row: probability(row["q"]),
        "The effect": "outcome",
    }
    return table(claims, columns)


def wordings_table(wordings: pd.DataFrame) -> Markdown:
    """Return a table of every wording: the median share that is left over concepts, in each model.

    Takes the table of `analysis.wordings.by_wording`.
    """
    by = ["model", "family", "wording"]
    rows = wordings.groupby(by, sort=False, as_index=False).agg(
        share=("share", "median"),
        low=("share", partial(pd.Series.quantile, q=0.25)),
        high=("share", partial(pd.Series.quantile, q=0.75)),
        mass=("mass", "median"),
        concepts=("concept", "nunique"),
    )
    columns: dict[str, Column] = {
        "Model": "model",
        "Family": _changed,
        "Wording": "wording",
        "Share that is left: median (quartiles)": lambda row: (
            f"{number(row['share'])} ({interval(row['low'], row['high'])})"
        ),
        "Probability of both labels": lambda row: share(row["mass"]),
        "Concepts": lambda row: str(row["concepts"]),
    }
    return table(rows, columns)


def left_out_sentences(left_out: Mapping[str, str]) -> str:
    """Return which wordings were left out, and why; "" where none was."""
    reasons: dict[str, list[str]] = {}
    for name, why in left_out.items():
        reasons.setdefault(why, []).append(f"`{name}`")
    return " ".join(f"Left out: {listed(names)}: {escaped(why)}" for why, names in reasons.items())


def _changed(row: Row) -> str:
    family = str(row["family"])
    return f"{family}: {_CHANGES[family]}" if family in _CHANGES else family
