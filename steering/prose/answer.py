"""The first page's answer in one sentence, with the published number beside ours."""

from __future__ import annotations

import pandas as pd

from steering.analysis import published
from steering.analysis.findings import MOVED, REVERSED, WRONG
from steering.prose.claims import PAGE, slug_of
from steering.prose.headline import silence, silent_models
from steering.prose.words import (
    Row,
    escaped,
    interval,
    listed,
    number,
    plural,
    records,
    share,
)
from steering.records.kinds import OURS, PUBLIC, YOURS

PAPER = "https://arxiv.org/abs/2407.12404"
# Which concepts the answer is about, where there are several kinds: ours have the effect built in.
_RATHER = (PUBLIC, YOURS, OURS)


def answer(findings: pd.DataFrame, verdicts: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Return in a few sentences whether vectors can be trusted here, as Markdown.

    Takes the tables of `analysis.findings.findings` and `published_findings`, and the verdicts on
    questions with lettered answers. What is said is about one kind of concepts: public sets before
    the reader's own, and these before ours. A model that answers nearly nothing is told by itself.
    """
    silent = silent_models(verdicts)
    spoken = findings[~findings["model"].isin(silent)]
    told = [silence(model, *counts) for model, counts in silent.items()]
    kind = next((one for one in _RATHER if one in set(spoken["kind"])), None)
    if kind is None:
        return " ".join([*told, _published(theirs)])
    about = spoken[spoken["kind"] == kind]
    parts = [_in_short(about, kind), _single(about, kind), _published(theirs), *told]
    return " ".join(part for part in parts if part)


def _in_short(about: pd.DataFrame, kind: str) -> str:
    """Return the answer itself, by the verdicts on vectors and on single questions."""
    moved, wrong = (about[about["finding"] == finding] for finding in (MOVED, WRONG))
    if not moved["count"].sum():
        return f"**On none of these {kind} does the vector move the answer.**"
    each = [f"{int(row['count'])} of {int(row['of'])}" for row in records(moved)]
    if len(set(each)) == 1:
        models = len(each)
        everywhere = {1: "", 2: " in both models"}.get(models, f" in all {models} models")
        where = f"{each[0]} {kind}{everywhere}"
    else:
        names = [escaped(row["model"]) for row in records(moved)]
        pairs = [f"{count} in {name}" for count, name in zip(each, names, strict=True)]
        where = f"{kind}: {listed(pairs)}"
    if not wrong["of"].sum():
        return f"**On average the vector moves the answer, on {where}.**"
    if wrong["count"].sum():
        return (
            f"**On average the vector moves the answer, on {where}; yet the same vector moves some "
            "single questions the wrong way.**"
        )
    return (
        f"**On average the vector moves the answer, on {where}; no single question was found that "
        "it moves the wrong way.**"
    )


def _single(about: pd.DataFrame, kind: str) -> str:
    """Return how many questions reverse in both orders of their answers, in each model."""
    rows = records(about[about["finding"] == REVERSED])
    if not rows:
        return ""
    texts = [
        f"{int(row['count'])} of {int(row['of'])} in {escaped(row['model'])} "
        f"({share(row['value'])}, {interval(row['low'], row['high'], share)}; "
        f"{number(row['expected'], 1)} if the orders were independent{_claim(row)})"
        for row in rows
    ]
    built = " In concepts of ours that is built in where the models are ours." * (kind == OURS)
    return f"Questions that reverse in both orders of their answers: {listed(texts)}.{built}"


def _claim(row: Row) -> str:
    slug = slug_of(str(row["finding"]), str(row["model"]), str(row["kind"]))
    return f'; <a href="{PAGE}#{slug}">claim</a>'


def _published(theirs: pd.DataFrame) -> str:
    """Return the published share of inputs that are pushed the wrong way."""
    (row,) = records(theirs[theirs["finding"] == REVERSED])
    return (
        f"In {published.LLAMA}, [Tan et al.]({PAPER}) find "
        f"{share(row['value'])} of single inputs pushed the wrong way, on average over "
        f"{plural(int(row['of']), 'data set')} (quartiles "
        f"{interval(row['low'], row['high'], share)}), each input in one order of its answers."
    )


def cite_button() -> str:
    """Return HTML that opens how to cite this report; marks are filled in when it is bound."""
    return (
        '<details class="cite-button"><summary>Cite this report</summary>'
        '<pre>@@bibtex@@</pre><p><a href="cite.html">How to cite the paper and the data</a> · '
        f'<a href="{PAGE}">every claim, with an address of its own</a></p></details>'
    )


def checklist() -> str:
    """Return what to do before a steering vector is used, as a list in Markdown."""
    return "\n".join(
        [
            "1. **Look at single questions, not at the mean.** Count those that reverse, and read "
            "a few of them.",
            "2. **Ask in both orders of the answers.** What changes sides with the letter is no "
            "effect of the concept.",
            "3. **Hold it to chance:** random vectors of the same length, vectors of shuffled "
            "labels, vectors of other concepts.",
            "4. **Try a sentence in the prompt first.** It costs nothing, and often does more.",
            "5. **Measure it where it will be used:** under your prompts, and in what the model "
            "says, not only in the letter that it chooses.",
        ]
    )
