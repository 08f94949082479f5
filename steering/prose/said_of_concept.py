"""What the page of one concept says of free text: verdicts in words, and a figure of the pairs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from steering.analysis.concept_run import ConceptRun
from steering.analysis.how_many_pairs import pairs_needed
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, NO_ANSWER, WRONG_WAY, of_claim
from steering.figures.beside import Beside, captioned_beside
from steering.figures.caption import Captioned
from steering.figures.chance import questions_in_order
from steering.prose import scope
from steering.prose.answering import answering_sentences
from steering.prose.concept_findings import over_models
from steering.prose.how_many import pairs_sentences
from steering.prose.notes import stands_in
from steering.prose.said import example
from steering.prose.variability import concept_sentences
from steering.prose.words import escaped, number, probability, records, within
from steering.records.tables import SAID

MORE = (
    "The page [What the model says](../models/{model}/said.ipynb) has all concepts, and tells the "
    "method."
)
CROSSED = {
    MOVES: "The vector that is read at the letter moves what is said as well",
    WRONG_WAY: "The vector that is read at the letter moves what is said the wrong way",
    CHANCE: "What the vector that is read at the letter does here cannot be told apart from chance",
}
SAYS = {
    MOVES: "moves what is said",
    WRONG_WAY: "moves what is said the wrong way",
    CHANCE: "does nothing to what is said that can be told apart from chance",
}
NO_VERDICT = "has no verdict"
REPLIES = {
    MOVES: "what the steered model writes suits the positive persona the more, the larger λ is",
    WRONG_WAY: "what the steered model writes suits the positive persona the less, the larger λ is",
    CHANCE: "what the steered model writes cannot be told apart from what random vectors give",
}


def said_sentences(run: ConceptRun) -> str:
    """Return what a model says of one concept, in sentences.

    `run` is one in free text (`analysis.concept_run.said_runs`).
    """
    needed = pairs_needed(run.curves, run.results)
    told = [
        " ".join(map(escaped, stands_in(run.card))),
        example(run.results),
        answering_sentences(run.answers),
        concept_sentences(run.claims, run.changes),
        pairs_sentences(needed) if len(needed) else "",
        f"{_others(run.claims)} {MORE.format(model=run.model)}".strip(),
        escaped(run.card.get("left_out", "")),
    ]
    return "\n\n".join(filter(None, told))


def pairs_of_texts(runs: Sequence[ConceptRun]) -> Captioned | Beside:
    """Return the figure of the slope of every pair of texts, those of each model by themselves."""
    observed = {run.model: scope.replies_observed(run.base) for run in runs}
    alike = len(set(observed.values())) == 1
    n = "; ".join(f"{text} in {model}" for model, text in observed.items())
    return captioned_beside(
        {run.model: partial(questions_in_order, run.questions) for run in runs},
        "The slope of every pair of texts, the lowest first, beside what random vectors do to the"
        " same pair, in nats per unit of λ. Full points are told apart from chance.",
        finding=over_models(runs, moved_in_words),
        n=next(iter(observed.values())) if alike else n,
        interval="bars: 95 % of the slopes of random vectors",
        alt="Slopes of all pairs of texts in order of size, with a bar for chance at each.",
        name="pairs-of-texts",
    )


def moved_in_words(run: ConceptRun) -> str:
    """Return what one model says of a concept and what vectors do to it, as part of a sentence."""
    steering = records(of_claim(run.claims, outcomes.STEERING))[0]
    if steering["outcome"] == NO_ANSWER:
        return "the model does not say in free text what it is asked to be"
    told = [f"the vector that is read over the reply {SAYS.get(steering['outcome'], NO_VERDICT)}"]
    for row in records(of_claim(run.claims, outcomes.CROSSED)):
        told.append(f"that of letters {SAYS.get(row['outcome'], NO_VERDICT)}")
    return ", and ".join(told)


def why_not_asked(reason: str) -> str:
    """Return that a concept was not asked in free text, and why if that is known."""
    return f"This concept was not asked in free text. {escaped(reason) if reason else ''}".strip()


def _others(claims: pd.DataFrame) -> str:
    """Return the verdicts on the vector of letters, and on sampled replies, in sentences."""
    texts = []
    for row in records(of_claim(claims[claims["form"] == SAID], outcomes.CROSSED)):
        if row["outcome"] in CROSSED:
            slope = within(row, ("estimate", "low", "high"))
            texts.append(f"**{CROSSED[row['outcome']]}**: its mean slope is {slope} nats.")
    for row in records(of_claim(claims, outcomes.REPLIES)):
        if row["outcome"] in REPLIES:
            texts.append(
                f"Measured on sampled replies, **{REPLIES[row['outcome']]}**: the score's slope is "
                f"{number(row['estimate'], 2)} nats a token per unit of λ "
                f"(adjusted p {probability(row['q'])})."
            )
    return " ".join(texts)
