"""Sentences, the table and the figure of the first page: the report's main findings."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.figures.across import steerability_by_model, violins_by_model
from steering.figures.caption import Captioned, captioned
from steering.figures.variability import variability
from steering.prose import scope
from steering.prose.brittleness import brittle_sentences
from steering.prose.letters import letters_sentences, pushed
from steering.prose.variability import spread_sentences, steerable_sentences
from steering.prose.words import (
    MOST,
    NARROW,
    TOGETHER,
    Row,
    escaped,
    interval,
    listed,
    named,
    number,
    plural,
    records,
    share,
    table,
    three,
    within,
)
from steering.records.kinds import by_kind, kinds_of

ANTI = ("anti_steerable", "anti_steerable_low", "anti_steerable_high")


BESIDE = 3  # violins of so many models fit beside each other


CHANCE = "Grey: where 95 % of random vectors fall. Hollow dots may be chance."


def overview(curves: pd.DataFrame, concepts: pd.DataFrame) -> Captioned:
    """Return the figure of the first page: mean slopes, with violins for up to three models.

    `curves` are in distribution; `concepts` is the table of `by_concept`.
    """
    models = concepts["model"].drop_duplicates().to_list()
    n, means = scope.observed(curves), f"means: {scope.resampling(concepts)}"
    slopes = "how much a unit of λ moves the preference for the answer that shows the concept"
    if len(models) == 1:
        return captioned(
            variability(curves, concepts),
            f"What the vector of each concept does in {models[0]}. Left: {slopes}, for each"
            " question (violins) and on average (dots). Right: share of questions that move the"
            f" wrong way (dots), and share that does so beyond chance (diamonds). {CHANCE}",
            n=n,
            interval=f"{means}; shares: {scope.shares_resampling(concepts)}",
            alt="Violins of per-item slopes for each concept, beside the shares below zero.",
        )
    if len(models) > BESIDE:
        return captioned(
            steerability_by_model(concepts),
            f"What the vector of each concept does in each model: {slopes}, on average. Hollow"
            " dots may be chance.",
            n=n,
            interval=means,
            alt="For each concept, the mean slope in each model.",
        )
    return captioned(
        violins_by_model(curves, concepts),
        f"What the vector of each concept does in each model: {slopes}, for each question (violins)"
        f" and on average (dots). {CHANCE} Each model has a scale of its own.",
        n=n,
        interval=means,
        alt="Violins of per-item slopes for each concept, a column for each model.",
    )


def findings_over_all(
    concepts: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> Markdown:
    """Return the findings: headlines of one model, or a table that compares several.

    Takes the tables of `by_concept`, `in_and_out`, `position_bias` and `recovery(pooled=True)`.
    """
    models = concepts["model"].drop_duplicates().to_list()
    if len(models) == 1:
        return Markdown(headlines(concepts, shifted, bias, pooled))
    answers_of = {
        model: _told(*(part[part["model"] == model] for part in (concepts, shifted, bias, pooled)))
        for model in models
    }
    questions = dict.fromkeys(question for answers in answers_of.values() for question in answers)
    rows = pd.DataFrame(
        [
            {"question": question}
            | {model: answers_of[model].get(question, "–") for model in models}
            for question in questions
        ]
    )
    columns = {"": "question"} | {escaped(model): model for model in models}
    return Markdown(f"{together(concepts)}\n\n{table(rows, columns).data}")


def together(concepts: pd.DataFrame) -> str:
    """Return on how many concepts all models can be steered beyond chance, and on how many none."""
    models = concepts["model"].nunique()
    steered = _steered(concepts).groupby(concepts["concept"], sort=False).agg(["sum", "size"])
    every = int((steered["sum"] == models).sum())
    none = int((steered["sum"] == 0).sum())
    some = sorted(steered.index[(steered["sum"] > 0) & (steered["sum"] < models)])
    all_models = "both models" if models == 2 else f"all {models} models"
    text = (
        f"Of {plural(len(steered), 'concept')}, {every} can be steered beyond chance in "
        f"{all_models}, and {none} in none."
    )
    if some:
        text += f" They differ on {listed(some) if len(some) <= MOST else len(some)}."
    return f"{text} [Across models](across.ipynb)"


def _steered(concepts: pd.DataFrame) -> pd.Series:
    return concepts["beyond_chance"].fillna(False).astype(bool) & (concepts["mean"] > 0)


def _told(
    concepts: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> dict[str, str]:
    """Return the answers for one model, by question."""
    model = concepts["model"].iloc[0]
    right = set(concepts.loc[_steered(concepts), "concept"])
    kinds = by_kind(kinds_of(concepts))
    answers = {}
    for kind, names in kinds.items():
        which = kind.capitalize() if len(kinds) > 1 else "Concepts"
        answers[f"{which} steered beyond chance"] = f"{len(right & set(names))} of {len(names)}"
    wrong = concepts["beyond_chance"].fillna(False).astype(bool) & (concepts["mean"] < 0)
    answers["Steered the wrong way, beyond chance"] = (
        named(concepts[wrong]) if wrong.any() else f"none of {len(concepts)}"
    )
    if right:
        most = records(concepts[concepts["concept"].isin(right)].sort_values(ANTI[0]))[-1]
        answers["Most anti-steerable curves, where steered beyond chance"] = (
            f"{within(most, ANTI, share)}, {escaped(most['concept'])}"
        )
    if len(shifted):
        lower = int((shifted["difference_high"] < 0).sum())
        answers["Mean slope lower out of distribution"] = (
            f"{lower} of {len(shifted)} pairs of a concept and a shift"
        )
    towards = pushed(bias)
    answers["Pushed towards a letter as well"] = f"{len(towards)} of {len(bias)}{_most(towards)}"
    for row in records(pooled[pooled["direction"] == "contrastive"]):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        answers["Correlation of measured with true slopes"] = (
            f"{three(row['correlation'])} ({r.replace(' ', TOGETHER)})"
        )
    pages = ["variability", "brittleness", *(["validation"] if len(pooled) else [])]
    answers["Pages"] = ", ".join(f"[{page}](models/{model}/{page}.ipynb)" for page in pages)
    return answers


def _most(towards: pd.DataFrame) -> str:
    if towards.empty:
        return ""
    most: Row = records(towards)[-1]
    return f", most on {escaped(most['concept'])}: {number(most['mean'])} towards A"


def headlines(
    concepts: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> str:
    """Return what the report found in each model: a paragraph for each question."""
    lines = []
    for model, rows in concepts.groupby("model", sort=False):
        at = f"models/{model}"
        lines += [
            f"- {steerable_sentences(rows)} {spread_sentences(rows)} "
            f"[Variability in distribution]({at}/variability.ipynb)",
            f"- {brittle_sentences(shifted[shifted['model'] == model], rows)} "
            f"[Brittleness out of distribution]({at}/brittleness.ipynb)",
            f"- {letters_sentences(bias[bias['model'] == model])}",
        ]
        truth = pooled[(pooled["model"] == model) & (pooled["direction"] == "contrastive")]
        for row in records(truth):
            r = interval(row["correlation_low"], row["correlation_high"], three)
            lines.append(
                "- The true slopes of this model are known. Measured ones correlate with them at "
                f"{three(row['correlation'])} (95{NARROW}% interval {r}). "
                f"[Validation against planted truth]({at}/validation.ipynb)"
            )
        lines.append("")
    return "\n".join(lines)
