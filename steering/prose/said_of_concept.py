"""What the page of one concept says of free text: verdicts in words, and a figure of the pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.answering import answering
from steering.analysis.change import change_at
from steering.analysis.curves import curve_table, select
from steering.analysis.how_many_pairs import pairs_needed
from steering.analysis.variability import question_slopes
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, WRONG_WAY, of_claim
from steering.analysis.verdict.table import verdicts_of
from steering.figures.caption import captioned
from steering.figures.chance import questions_in_order
from steering.prose import scope
from steering.prose.answering import answering_sentences
from steering.prose.how_many import pairs_sentences
from steering.prose.notes import stands_in
from steering.prose.said import example
from steering.prose.variability import concept_sentences
from steering.prose.words import escaped, number, probability, records, within
from steering.records.crossed import read_crossed
from steering.records.matrix import read_matrix
from steering.records.replies import read_replies
from steering.records.results import read_results
from steering.records.tables import SAID

MORE = "The page [What the model says](../said.ipynb) has all concepts, and tells the method."
CROSSED = {
    MOVES: "The vector that is read at the letter moves what is said as well",
    WRONG_WAY: "The vector that is read at the letter moves what is said the wrong way",
    CHANCE: "What the vector that is read at the letter does here cannot be told apart from chance",
}
REPLIES = {
    MOVES: "what the steered model writes suits the positive persona the more, the larger λ is",
    WRONG_WAY: "what the steered model writes suits the positive persona the less, the larger λ is",
    CHANCE: "what the steered model writes cannot be told apart from what random vectors give",
}


def show_said(run: str, why_not: str, verdicts: Sequence[str] = ()) -> None:
    """Show what a model says of one concept: sentences, then the slope of every pair of texts.

    `run` is the run folder of the form `said`; where it is empty, `why_not` says why. `verdicts`
    are the tables of the report.
    """
    if not run or not Path(run, "card.json").is_file():
        reason = f" {escaped(why_not)}" if why_not else ""
        display(Markdown(f"This concept was not asked in free text.{reason}"))
        return
    results = read_results([run])
    curves, replies = curve_table(results), read_replies([run])
    crossed = read_crossed([run])
    claims = verdicts_of(results, verdicts, read_matrix([run]), crossed=crossed, replies=replies)
    needed = pairs_needed(curves, results)
    told = [
        " ".join(map(escaped, stands_in(results.cards[0]))),
        example(results),
        answering_sentences(answering(results)),
        concept_sentences(claims, change_at(curves, results)),
        pairs_sentences(needed) if len(needed) else "",
        f"{_others(claims)} {MORE}".strip(),
        escaped(results.cards[0].get("left_out", "")),
    ]
    display(Markdown("\n\n".join(filter(None, told))))
    figure = captioned(
        questions_in_order(question_slopes(curves, claims)),
        "The slope of every pair of texts, the lowest first, beside what random vectors do to the"
        " same pair, in nats per unit of λ. Full points were told from chance.",
        n=scope.replies_observed(select(curves)),
        interval="bars: 95 % of the slopes of random vectors",
        alt="Slopes of all pairs of texts in order of size, with a bar for chance at each.",
    )
    display(figure)


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
