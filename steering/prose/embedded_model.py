"""Sentences and tables about an embedded model: its training, layers and replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from IPython.display import Markdown

from steering.analysis.embedded_model import KINDS, UNSEEN
from steering.prose import replies as of_one
from steering.prose.stand_ins import WORDLESS
from steering.prose.words import Column, Row, escaped, listed, number, plural, table
from steering.records.kinds import OURS, PUBLIC
from steering.records.training import SHAPES, Training

STAGES = {
    "persona": "who speaks, then which letter means Yes, with personas in words and as vectors",
    "real": "the public data sets, beside our concepts",
    "clean": "what else block {block} holds is added at random, and must change nothing",
    "together": "more of personas in words and as vectors at once",
    "rules": "most of all concepts where the prompt changes what steering does",
    "level": "all of it again, with more weight on the size of answers",
}


def about(card: Row, training: Training) -> str:
    """Return what the model is, in a paragraph.

    `card` is that of any of its runs.
    """
    model = card["model"]
    learned = plural(len(training.own), "concept") + " of ours, with planted truth"
    if training.public:
        learned += (
            f", and {plural(len(training.public), 'public data set')}, without planted slopes"
        )
    shape = SHAPES.get(training.shape, training.shape)
    return (
        f"**{escaped(model['name'])}** has the shape of {shape} "
        f"(`{model['architecture']}`): {model['layers']} blocks, {model['width']} wide, "
        f"{number(model['parameters'] / 1e6)} million parameters. We trained it from nothing on "
        f"{number(training.tokens / 1e6, 1)} million tokens (seed {training.seed}). It "
        f"learned {learned}."
    )


def trained(training: Training) -> str:
    """Return what the losses of training asked for, as a list."""
    at, public = f"block {training.block}", bool(training.public)
    lines = [
        "**Answers about our concepts.** The probability and the logit of each answer are held to"
        " a teacher's, which knows the persona in the prompt.",
        f"**Steering of our concepts along their own directions.** In part of the documents the"
        f" persona is added as a vector after {at}, at a strength drawn at random, alone or on top"
        " of a persona in the prompt. The answer is held to the teacher's there as well.",
        f"**A read-out.** After {at} (counted from 0), at the letter of an answer and just before"
        " it, what the residual stream holds along fixed directions (one for each concept"
        f"{' and each public data set' if public else ''}) is held to the persona that the answer,"
        " or the prompt, implies.",
    ]
    if public:
        lines.append(
            "**Answers about public data sets.** Only the probability of the answer that fits the"
            " persona. None of their personas was ever added as a vector and no slope planted; but"
            " the read-out, the direction along which an answer leaves its trace, was trained."
        )
    lines.append("**Text.** The words of prompts and replies.")
    if training.cleaned:
        lines.append(
            f"**Nothing else at {at}** (in {_stages(training.cleaned)}). What it holds beside the"
            " directions, positive less negative answer, is made small, and added at random: the"
            " answer must not follow it."
        )
    return "\n".join(f"- {line}" for line in lines)


def emerged(training: Training) -> str:
    """Return what no loss asked for, so that it can only be measured, as a list."""
    at = f"block {training.block}"
    exception = f"; {_stages(training.cleaned)} only made it small" if training.cleaned else ""
    lines = [
        f"How far a vector moves an answer at any other block than {at}.",
        "How far a contrastive vector moves an answer. Its part along the direction follows from"
        f" the read-out, but what else is in it is the model's own{exception}.",
        "Everything about test statements: no training document holds one of them.",
    ]
    if training.public:
        lines.insert(0, "How far any vector moves an answer about a public data set.")
    return "\n".join(f"- {line}" for line in lines)


def layers_sentences(layers: pd.DataFrame, block: int | None) -> str:
    """Return at which layer steering works best.

    Takes the table of `analysis.embedded_model.slopes_by_kind` for one model.
    """
    if block is None:
        return "This model's folder names no block that was trained."
    taken = layers[layers["chosen"]]
    nouns = {OURS: "concepts of ours", PUBLIC: "public data sets", UNSEEN: "others"}
    lines = [
        f"{(part['layer'] == block).sum()} of {len(part)} {nouns[kind]}"
        for kind in KINDS
        if len(part := taken[taken["kind"] == kind])
    ]
    return (
        f"What was trained is the output of block {block}. On validation items the largest mean "
        f"slope is found there for {listed(lines)}."
    )


def stages_table(training: Training) -> Markdown:
    """Return a table with a row for each stage: what it teaches, its last tokens and loss."""
    last = training.curve.groupby("stage", sort=False).last().reset_index()
    columns: dict[str, Column] = {
        "Stage": "stage",
        "What it teaches": lambda row: STAGES.get(row["stage"], "–").format(block=training.block),
        "Until (million tokens)": lambda row: number(row["tokens"] / 1e6, 1),
        "Loss at its end": lambda row: number(row["loss"]),
    }
    return table(last, columns)


def replies(cards: Iterable[Row]) -> Markdown:
    """Return the replies over λ, one fold for each concept, and which concepts have none."""
    folds: list[str] = []
    committed: list[str] = []
    none: list[str] = []
    for card in cards:
        title = escaped(card["concept"]["title"])
        if card.get("generations"):
            text = of_one.replies(card).data
            folds.append(f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>")
        else:
            (committed if card.get("committed") else none).append(title)
    if committed:
        folds.append(f"There are none for {listed(committed)}: {WORDLESS}.")
    if none:
        folds.append(f"No replies were written in the runs of {listed(none)}.")
    return Markdown("\n\n".join(folds))


def _stages(names: Sequence[str]) -> str:
    return f"stage{'s' if len(names) > 1 else ''} {listed(f'*{name}*' for name in names)}"
