"""The two figures that the first page begins with, and their captions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt

from steering.analysis import published
from steering.analysis.verdict.outcomes import QUESTION, REVERSED, of_claim
from steering.figures.caption import Captioned, captioned
from steering.figures.hero import curves_of_questions, published_shares
from steering.figures.widths import figure_of
from steering.prose.words import plural, share
from steering.records.kinds import OURS


def one_vector(points: pd.DataFrame, chosen: pd.Series, verdicts: pd.DataFrame) -> Captioned:
    """Return the figure of one vector on all of its questions.

    Takes the table of `question_curves.question_curves` for one run, and the row of
    `question_curves.most_reversed` that it was chosen by, and the verdicts on questions.
    """
    slopes = points.drop_duplicates("item")["steerability"]
    falls, total = int((slopes < 0).sum()), len(slopes)
    model, concept, kind = (str(chosen[name]) for name in ("model", "concept", "kind"))
    built = " In concepts of ours such an effect may be built in." if kind == OURS else ""
    judged = of_claim(verdicts, QUESTION)
    here = (judged["model"] == model) & (judged["concept"] == concept)
    told = int((here & (judged["outcome"] == REVERSED)).sum())
    other = (
        f"the answers to {falls} of them move the other way; {told} of these are told apart from"
        " chance by their verdicts"
        if falls
        else "none of the answers moves the other way"
    )
    among = int(chosen["among"])
    which = (
        f" Of {plural(among, 'vector')} on {kind} that move the answer, this is the one with the"
        f" most; the median share is {share(chosen['middle_share'])}."
        if among > 1
        else ""
    )
    return captioned(
        curves_of_questions(points),
        "How far the vector moves the preference for the answer that shows the concept, both"
        " orders of the answers together. A line is a question, orange and dashed where its slope"
        f" is below zero; it opens in the explorer. Black: the mean.{which}{built}",
        finding=f"One vector ({concept}, in {model}), {plural(total, 'question')}: {other}.",
        n=f"{plural(total, 'question')} in both orders",
        interval="none: every line is measured",
        alt="Lines that fan out from nought, most of them rising with λ, and some falling.",
        name="questions",
        brief=True,
    )


def paper_beside(items: pd.DataFrame, rates: pd.DataFrame) -> Captioned:
    """Return the figure of the published shares of anti-steerable inputs, ours beside them.

    Takes the tables of `analysis.published.items` and `beside`.
    """
    shares = items["anti_steerable"]
    sets = rates["concept"].nunique()
    return captioned(
        published_shares(items, rates),
        "Share of single inputs whose slope is below zero, each in one order of its answers as the"
        " paper counts them. A hollow mark is a data set; full ones are measured here and open in"
        " the explorer.",
        finding=f"In {published.LLAMA}, as published, {share(shares.mean())} of inputs are pushed"
        f" the wrong way on average over {plural(len(items), 'data set')}.",
        n=f"{plural(len(items), 'published data set')}, {sets} of them measured here",
        interval="none published; those of ours are on the page Published beside ours",
        alt=f"A mark for each data set, from {share(shares.min())} to {share(shares.max())}.",
        name="published",
        brief=True,
    )


def save_picture(points: pd.DataFrame, file: Path) -> None:
    """Save the picture that stands for the report where somebody links to it: wide, with a title.

    Takes the table of `question_curves.question_curves` for one run, and a file of type PNG.
    """
    figure = figure_of(curves_of_questions(points))
    figure.set_size_inches(8, 4.2)
    slopes = points.drop_duplicates("item")["steerability"]
    falls = int((slopes < 0).sum())
    figure.axes[0].set_title(
        f"One steering vector, {plural(len(slopes), 'question')}: {falls} move the other way",
        pad=34,
    )
    # Without the date and the version of matplotlib: the same points give the same bytes.
    figure.savefig(file, dpi=150, metadata={"Software": None})
    plt.close(figure)
