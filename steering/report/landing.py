"""The first page of a report: one figure, and what was found over all concepts and models."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.concepts.kinds import by_kind
from steering.figures.across import steerability_by_model, violins_by_model
from steering.figures.caption import Captioned, captioned
from steering.figures.variability import variability
from steering.report import findings, scope
from steering.report.shapes import pushed
from steering.report.words import (
    MOST,
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

ANTI = ("anti_steerable", "anti_steerable_low", "anti_steerable_high")
BESIDE = 3  # violins of so many models fit beside each other
CHANCE = "Grey: where 95 % of random vectors fall. Hollow dots may be chance."


def overview(curves: pd.DataFrame, found: pd.DataFrame) -> Captioned:
    """The figure of the first page: figure 1 of a model, its violins for a few, means for more.

    `curves` are in distribution; `found` is the table of `by_concept`.
    """
    models = found["model"].drop_duplicates().to_list()
    n, means = scope.observed(curves), f"means: {scope.resampling(found)}"
    slopes = "how much a unit of λ moves the preference for the answer that shows the concept"
    if len(models) == 1:
        return captioned(
            variability(curves, found),
            f"What the vector of each concept does in {models[0]}. Left: {slopes}, for each"
            " question (violins) and on average (dots). Right: share of questions that move the"
            f" wrong way (dots), and share that does so beyond chance (diamonds). {CHANCE}",
            n=n,
            interval=f"{means}; shares: {scope.shares_resampling(found)}",
            alt="Violins of per-item slopes for each concept, beside the shares below zero.",
        )
    if len(models) > BESIDE:
        return captioned(
            steerability_by_model(found),
            f"What the vector of each concept does in each model: {slopes}, on average. Hollow"
            " dots may be chance.",
            n=n,
            interval=means,
            alt="For each concept, the mean slope in each model.",
        )
    return captioned(
        violins_by_model(curves, found),
        f"What the vector of each concept does in each model: {slopes}, for each question (violins)"
        f" and on average (dots). {CHANCE} Each model has a scale of its own.",
        n=n,
        interval=means,
        alt="Violins of per-item slopes for each concept, a column for each model.",
    )


def found_over_all(
    found: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> Markdown:
    """What was found: of one model its headlines, of several what they share and a table.

    Takes the tables of `by_concept`, `in_and_out`, `position_bias` and `recovery(pooled=True)`.
    """
    models = found["model"].drop_duplicates().to_list()
    if len(models) == 1:
        return Markdown(findings.headlines(found, shifted, bias, pooled))
    told = {
        model: _told(*(part[part["model"] == model] for part in (found, shifted, bias, pooled)))
        for model in models
    }
    asked = dict.fromkeys(question for answers in told.values() for question in answers)
    rows = pd.DataFrame(
        [
            {"question": question} | {model: told[model].get(question, "–") for model in models}
            for question in asked
        ]
    )
    columns = {"": "question"} | {escaped(model): model for model in models}
    return Markdown(f"{together(found)}\n\n{table(rows, columns).data}")


def together(found: pd.DataFrame) -> str:
    """On how many concepts all models can be steered beyond chance, on how many none."""
    models = found["model"].nunique()
    steered = _steered(found).groupby(found["concept"], sort=False).agg(["sum", "size"])
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
    return f"{text} [Across models](models.ipynb)"


def _steered(found: pd.DataFrame) -> pd.Series:
    return found["beyond_chance"].fillna(False).astype(bool) & (found["mean"] > 0)


def _told(
    found: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> dict[str, str]:
    """The answers for one model, by question."""
    model = found["model"].iloc[0]
    right = set(found.loc[_steered(found), "concept"])
    kinds = by_kind(found["concept"])
    told = {}
    for kind, names in kinds.items():
        which = kind.capitalize() if len(kinds) > 1 else "Concepts"
        told[f"{which} steered beyond chance"] = f"{len(right & set(names))} of {len(names)}"
    wrong = found["beyond_chance"].fillna(False).astype(bool) & (found["mean"] < 0)
    told["Steered the wrong way, beyond chance"] = (
        named(found[wrong]) if wrong.any() else f"none of {len(found)}"
    )
    if right:
        most = records(found[found["concept"].isin(right)].sort_values(ANTI[0]))[-1]
        told["Most anti-steerable curves, where steered beyond chance"] = (
            f"{within(most, ANTI, share)}, {escaped(most['concept'])}"
        )
    if len(shifted):
        lower = int((shifted["difference_high"] < 0).sum())
        told["Mean slope lower out of distribution"] = (
            f"{lower} of {len(shifted)} pairs of a concept and a shift"
        )
    towards = pushed(bias)
    told["Pushed towards a letter as well"] = f"{len(towards)} of {len(bias)}{_most(towards)}"
    for row in records(pooled[pooled["direction"] == "contrastive"]):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        told["Correlation of measured with true slopes"] = (
            f"{three(row['correlation'])} ({r.replace(' ', TOGETHER)})"
        )
    pages = ["variability", "brittleness", *(["validation"] if len(pooled) else [])]
    told["Pages"] = ", ".join(f"[{page}](models/{model}/{page}.ipynb)" for page in pages)
    return told


def _most(towards: pd.DataFrame) -> str:
    if towards.empty:
        return ""
    most: Row = records(towards)[-1]
    return f", most on {escaped(most['concept'])}: {number(most['mean'])} towards A"
