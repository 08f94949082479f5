"""Sentences, the table and the figure of the first page: the report's main findings."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from IPython.display import Markdown

from steering.analysis.verdict.outcomes import (
    LETTER,
    MOVES,
    NOT_TESTED,
    OUTCOMES,
    OWN_FIRST,
    PROMPT_FIRST,
    PROMPTING,
    SHIFT,
    SPECIFIC,
    STEERING,
    TOWARDS_A,
    TOWARDS_B,
    is_moved,
    of_claim,
)
from steering.figures.across import steerability_by_model, violins_by_model
from steering.figures.caption import Captioned, captioned
from steering.figures.variability import variability
from steering.prose import scope
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    TOGETHER,
    escaped,
    interval,
    number,
    plural,
    records,
    share,
    table,
    three,
)
from steering.records.kinds import KINDS

BESIDE = 3  # violins of so many models fit beside each other
MARKS = (
    "Full dots: the vector moves the answer by its verdict; hollow ones: it cannot be told apart "
    "from chance, or there is no verdict."
)
CHANCE = f"Grey: where 95 % of random vectors fall. {MARKS}"
ERRORS = "[How often is this report wrong?](errors.ipynb)"


def overview(curves: pd.DataFrame, questions: pd.DataFrame, concepts: pd.DataFrame) -> Captioned:
    """Return the figure of the first page: mean slopes, with violins for up to three models.

    `curves` are in distribution; `questions` is the table of `question_slopes`, `concepts` that of
    `by_concept` with the outcome on steering (`verdict.table.with_outcomes`).
    """
    models = concepts["model"].drop_duplicates().to_list()
    n, means = scope.observed(curves), f"means: {scope.resampling(concepts)}"
    slopes = "how much a unit of λ moves the preference for the answer that shows the concept"
    if len(models) == 1:
        return captioned(
            variability(questions, concepts),
            f"What the vector of each concept does in {models[0]}. Left: {slopes}, for each"
            " question (violins) and on average (dots). Right: share of questions that the vector"
            " moves the wrong way (dots), and share of curves, as in the paper (diamonds)."
            f" {CHANCE}",
            n=n,
            interval=f"{means}; shares: {scope.shares_resampling(concepts)}",
            alt="Violins of slopes of questions for each concept, beside the shares below zero.",
        )
    if len(models) > BESIDE:
        return captioned(
            steerability_by_model(concepts),
            f"What the vector of each concept does in each model: {slopes}, on average. {MARKS}",
            n=n,
            interval=means,
            alt="For each concept, the mean slope in each model.",
        )
    return captioned(
        violins_by_model(questions, concepts),
        f"What the vector of each concept does in each model: {slopes}, for each question (violins)"
        f" and on average (dots). {CHANCE} Each model has a scale of its own.",
        n=n,
        interval=means,
        alt="Violins of slopes of questions for each concept, a column for each model.",
    )


def findings(
    verdicts: pd.DataFrame, concepts: pd.DataFrame, both: pd.DataFrame, pooled: pd.DataFrame
) -> Markdown:
    """Return the findings: what all models share, and a table with a column for each model.

    Takes the tables of verdicts, of `by_concept` with the outcome on steering, of
    `reversed.in_both_orders` for all concepts of a kind together, and of
    `validation.recovery(pooled=True)`. Concepts of different kinds are never counted together.
    """
    models = concepts["model"].drop_duplicates().to_list()
    told = {
        model: _told(*(part[part["model"] == model] for part in (verdicts, concepts, both, pooled)))
        for model in models
    }
    rows = []
    for kind in [*KINDS, ""]:
        answers = [told[model][kind] for model in models if kind in told[model]]
        if answers and kind:
            rows.append({"question": f"**{kind.capitalize()}**"} | dict.fromkeys(models, ""))
        for name in dict.fromkeys(name for part in answers for name in part):
            cells = {model: told[model].get(kind, {}).get(name, "–") for model in models}
            rows.append({"question": name} | cells)
    columns = {"": "question"} | {escaped(model): model for model in models}
    beside = table(pd.DataFrame(rows), columns).data
    return Markdown(f"{together(verdicts)}\n\n{beside}\n\n{wrong(verdicts)}")


def together(verdicts: pd.DataFrame) -> str:
    """Return on how many concepts of each kind the vector moves the answer in every model."""
    steering = of_claim(verdicts, STEERING)
    models = steering["model"].nunique()
    everywhere = {1: "", 2: " in both models"}.get(models, f" in all {models} models")
    told = []
    for kind in KINDS:
        part = steering[steering["kind"] == kind]
        if part.empty:
            continue
        moved = (part["outcome"] == MOVES).groupby(part["concept"]).sum()
        text = (
            f"On {int((moved == models).sum())} of {len(moved)} {kind} the vector moves the answer"
            f"{everywhere}"
        )
        if models > 1:
            text += f", on {int((moved == 0).sum())} in none"
        told.append(f"{text}.")
    return " ".join(told)


def wrong(verdicts: pd.DataFrame) -> str:
    """Return how verdicts are made, and where it says how often they are wrong."""
    alone = (of_claim(verdicts, STEERING)["family"] <= 1).all()
    family = "Each is tested alone here. " if alone else "They are adjusted for their number. "
    return (
        "Each of these counts is of verdicts, made by one rule for each question. "
        f"{family}How often a rule claims what is false, and misses what is true, was measured on "
        f"simulated and on planted data: {ERRORS}"
    )


def _told(
    verdicts: pd.DataFrame, concepts: pd.DataFrame, both: pd.DataFrame, pooled: pd.DataFrame
) -> dict[str, dict[str, str]]:
    """Return the answers for one model, by kind of concept and by question."""
    model = concepts["model"].iloc[0]
    told = {}
    for kind in (kind for kind in KINDS if kind in set(concepts["kind"])):
        parts = (part[part["kind"] == kind] for part in (verdicts, concepts, both))
        told[kind] = _of_kind(*parts)
    about = {}
    for row in records(pooled[pooled["direction"] == "contrastive"]):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        correlation = f"{three(row['correlation'])} ({r.replace(' ', TOGETHER)})"
        about["Correlation of measured with true slopes"] = correlation
    pages = ["variability", "brittleness", *(["validation"] if len(pooled) else [])]
    about["Pages"] = ", ".join(f"[{page}](models/{model}/{page}.ipynb)" for page in pages)
    return told | {"": about}


def _of_kind(verdicts: pd.DataFrame, concepts: pd.DataFrame, both: pd.DataFrame) -> dict[str, str]:
    """Return the answers for one model and one kind of concept, by question."""
    told = _counted(verdicts, STEERING, OUTCOMES[STEERING][::-1], always=(MOVES,))
    moved = concepts[is_moved(concepts["outcome"])]
    if moved["reversed"].notna().any():
        told["share of a concept's questions with a slope below zero"] = quartiles(
            moved["reversed"], share
        )
    for row in records(both):
        told["questions reversed in both orders (if the orders were independent)"] = (
            f"{row['count']} of {row['questions']} ({number(row['expected'], 1)})"
        )
    shifts = of_claim(verdicts, SHIFT)
    told |= _counted(shifts, SHIFT, OUTCOMES[SHIFT][::-1], what="under another prompt, ")
    letter = of_claim(verdicts, LETTER)
    if len(letter):
        pushed = letter["outcome"].isin([TOWARDS_A, TOWARDS_B]).sum()
        told["pushes towards a letter as well"] = f"{pushed} of {len(letter)}"
    prompting = of_claim(verdicts, PROMPTING)
    prompting = prompting[prompting["estimate"].notna()]
    if len(prompting):
        more = (prompting["outcome"] == PROMPT_FIRST).sum()
        told["a persona in the prompt does more than the vector at λ = 1"] = (
            f"{more} of {plural(len(prompting), 'case')}"
        )
    specific = of_claim(verdicts, SPECIFIC)
    if len(specific):
        untested = (specific["outcome"] == NOT_TESTED).all()
        own = (specific["outcome"] == OWN_FIRST).sum()
        told[OWN_FIRST] = NOT_TESTED if untested else f"{own} of {len(specific)}"
    return told


def _counted(
    verdicts: pd.DataFrame,
    claim: str,
    outcomes: Sequence[str],
    *,
    what: str = "",
    always: tuple[str, ...] = (),
) -> dict[str, str]:
    """Return how many verdicts have each outcome that occurs, and those that are `always` told."""
    rows = of_claim(verdicts, claim)
    found = {outcome: int((rows["outcome"] == outcome).sum()) for outcome in outcomes}
    return {
        f"{what}{outcome}": f"{count} of {len(rows)}"
        for outcome, count in found.items()
        if count or (outcome in always and len(rows))
    }
