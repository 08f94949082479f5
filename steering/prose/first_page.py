"""Sentences, the table and the figure of the first page: the report's main findings."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import pandas as pd
from IPython.display import Markdown

from steering.analysis.statistics.chance import RATE
from steering.analysis.verdict.outcomes import (
    CHANCE,
    LETTER,
    MOVES,
    NO_ANSWER,
    NOT_TESTED,
    OWN_FIRST,
    PAIRS_UNKNOWN,
    PROMPT_FIRST,
    PROMPTING,
    SHIFT,
    SPECIFIC,
    STEERING,
    TOO_LITTLE,
    TOWARDS_A,
    TOWARDS_B,
    WRONG_WAY,
    is_moved,
    of_claim,
)
from steering.figures.across import dots_by_model, steerability_by_model
from steering.figures.caption import Captioned, captioned
from steering.figures.variability import variability
from steering.prose import scope
from steering.prose.headline import in_free_text, rows_in_free_text, together
from steering.prose.outcomes import count_of, moved_in, present
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    TOGETHER,
    escaped,
    interval,
    listed,
    number,
    records,
    share,
    table,
    three,
)
from steering.records.kinds import KINDS

STEERED = {
    MOVES: "The vector moves the answer",
    WRONG_WAY: "The vector moves it the wrong way",
    CHANCE: "What the vector does cannot be told apart from chance",
    NO_ANSWER: "The model does not answer the questions",
    TOO_LITTLE: "There is too little data for a verdict",
}
BESIDE = 3  # columns of so many models fit beside each other
MARKS = (
    "Full dots: the vector moves the answer, by its verdict; hollow ones: it cannot be told apart "
    "from chance, or there is no verdict."
)
GREY = f"Grey: where 95 % of random vectors fall. {MARKS}"
ERRORS = "[How often is this report wrong?](errors.ipynb)"


def overview(curves: pd.DataFrame, questions: pd.DataFrame, concepts: pd.DataFrame) -> Captioned:
    """Return the figure of the first page: mean slopes; for up to three models, of questions too.

    `curves` are in distribution; `questions` is the table of `question_slopes`, `concepts` that of
    `by_concept` with the outcome on steering (`verdict.table.with_outcomes`).
    """
    models = concepts["model"].drop_duplicates().to_list()
    finding, n = moved_in(concepts), scope.observed(curves)
    told = partial(captioned, n=n, finding=finding, name="overview")
    means = f"means: {scope.resampling(concepts)}"
    slopes = "how much a unit of λ moves the preference for the answer that shows the concept"
    if len(models) == 1:
        return told(
            variability(questions, concepts),
            f"What the vector of each concept does in {models[0]}. Left: {slopes}, for each"
            " question (small dots, orange below zero) and on average (large ones). Right: share of"
            " questions with a slope below zero (dots), and share of curves, as in the paper"
            " (diamonds)."
            f" {GREY}",
            interval=f"{means}; shares: {scope.shares_resampling(concepts)}",
            alt="Slopes of questions for each concept, beside the shares below zero.",
        )
    if len(models) > BESIDE:
        return told(
            steerability_by_model(concepts),
            f"What the vector of each concept does in each model: {slopes}, on average. {MARKS}",
            interval=means,
            alt="For each concept, the mean slope in each model.",
        )
    return told(
        dots_by_model(questions, concepts),
        f"What the vector of each concept does in each model: {slopes}, for each question (small"
        f" dots, orange below zero) and on average (large ones). {GREY} Each model"
        " has a scale of its own.",
        interval=means,
        alt="Slopes of questions for each concept, a column for each model.",
    )


def findings(
    verdicts: pd.DataFrame,
    concepts: pd.DataFrame,
    both: pd.DataFrame,
    pooled: pd.DataFrame,
    *,
    real: Collection[str] = (),
    spoken: pd.DataFrame | None = None,
) -> Markdown:
    """Return the findings: what all models share, and a table with a column for each model.

    Takes the tables of verdicts, of `by_concept` with the outcome on steering, of
    `reversed.in_both_orders` for all concepts of a kind together, and of
    `validation.recovery(pooled=True)`. Concepts of different kinds are never counted together.
    `real` names models with one page for all questions, as `stand_ins.real_models` does. `spoken`
    are the verdicts in free text.
    """
    spoken = verdicts[:0] if spoken is None else spoken
    models = concepts["model"].drop_duplicates().to_list()
    rows = []
    for kind in (kind for kind in KINDS if kind in set(concepts["kind"])):
        judged = verdicts[verdicts["kind"] == kind]
        occur = {claim: present(judged, claim) for claim in (STEERING, SHIFT)}
        own = concepts[concepts["kind"] == kind]
        of_both = both[both["kind"] == kind]
        told = {
            model: _of_kind(
                judged[judged["model"] == model],
                own[own["model"] == model],
                of_both[of_both["model"] == model],
                occur,
            )
            | rows_in_free_text(
                judged[judged["model"] == model],
                spoken[(spoken["kind"] == kind) & (spoken["model"] == model)],
            )
            for model in models
        }
        rows.append({"question": f"**{kind.capitalize()}**"} | dict.fromkeys(models, ""))
        rows += _rows(told)
    about = {
        model: _about(
            model,
            pooled[pooled["model"] == model],
            one_page=model in real,
            spoken=model in set(spoken["model"]),
        )
        for model in models
    }
    rows += [{"question": "**All**"} | dict.fromkeys(models, ""), *_rows(about)]
    columns = {"": "question"} | {escaped(model): model for model in models}
    beside = table(pd.DataFrame(rows), columns, folded=False).data
    first = "\n\n".join(filter(None, [together(verdicts), in_free_text(verdicts, spoken)]))
    return Markdown(f"{first}\n\n{beside}\n\n{wrong(verdicts, pooled)}")


def wrong(verdicts: pd.DataFrame, pooled: pd.DataFrame) -> str:
    """Return how the verdicts are made, and where it says how often they are wrong.

    `pooled` names the models in which effects were planted.
    """
    alone = (of_claim(verdicts, STEERING)["family"] <= 1).all()
    family = (
        "each is tested alone here, as a family of one"
        if alone
        else f"false discoveries are held at {share(RATE)} within each model"
    )
    planted = sorted(set(pooled["model"]))
    built_in = (
        f"In {listed(map(escaped, planted))} the effect on concepts of ours is built in: all that "
        "counts there is whether it is found. "
        if planted
        else ""
    )
    given = sorted(set(verdicts.loc[verdicts["reason"] == PAIRS_UNKNOWN, "concept"]))
    less = (
        f" The vector of {listed(map(escaped, given))} was given, and its training pairs are"
        " unknown: those verdicts rest on random vectors alone."
        if given
        else ""
    )
    return (
        f"{built_in}All counts are of verdicts, each made by one rule; {family}.{less} How often a "
        "rule claims what is false, and misses what is true, was measured on simulated and on "
        f"planted data: {ERRORS}"
    )


def _rows(told: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """Return a row for each question, from the answers for each model."""
    questions = dict.fromkeys(question for answers in told.values() for question in answers)
    return [
        {"question": question}
        | {model: answers.get(question, "–") for model, answers in told.items()}
        for question in questions
    ]


def _about(model: str, pooled: pd.DataFrame, *, one_page: bool, spoken: bool) -> dict[str, str]:
    """Return what is told of one model; `spoken` is whether it was asked in free text too."""
    told = {}
    for row in records(pooled[pooled["direction"] == "contrastive"]):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        correlation = f"{three(row['correlation'])} ({r.replace(' ', TOGETHER)})"
        told["Correlation of measured with planted slopes"] = correlation
    more = [] if one_page else ["brittleness", *(["validation"] if len(pooled) else [])]
    pages = ["variability", *more, *(["said"] if spoken else [])]
    told["Pages"] = ", ".join(f"[{page}](models/{model}/{page}.ipynb)" for page in pages)
    return told


def _of_kind(
    verdicts: pd.DataFrame,
    concepts: pd.DataFrame,
    both: pd.DataFrame,
    occur: dict[str, list[str]],
) -> dict[str, str]:
    """Return the answers for one model and one kind of concept, by question.

    `occur` holds the outcomes that are told, of the claims that have many.
    """
    outcomes = dict.fromkeys([MOVES, *reversed(occur[STEERING])])
    told = {STEERED[outcome]: count_of(verdicts, STEERING, outcome) for outcome in outcomes}
    moved = concepts[is_moved(concepts["outcome"])]
    if moved["reversed"].notna().any():
        below = quartiles(moved["reversed"], share)
        told["Share of a concept's questions with a slope below zero"] = below
    for row in records(both):
        name = "Questions reversed in both orders (in brackets: if the orders were independent)"
        told[name] = f"{row['count']} of {row['questions']} ({number(row['expected'], 1)})"
    for outcome in reversed(occur[SHIFT]):
        told[f"Under another prompt: {outcome}"] = count_of(verdicts, SHIFT, outcome)
    told["The vector pushes towards a letter as well"] = count_of(
        verdicts, LETTER, TOWARDS_A, TOWARDS_B
    )
    told["A persona in the prompt does more than the vector at λ = 1"] = count_of(
        verdicts[verdicts["estimate"].notna()], PROMPTING, PROMPT_FIRST
    )
    own_first = "The vector does more than those of other concepts"
    untested = (of_claim(verdicts, SPECIFIC)["outcome"] == NOT_TESTED).all()
    told[own_first] = NOT_TESTED if untested else count_of(verdicts, SPECIFIC, OWN_FIRST)
    return told
