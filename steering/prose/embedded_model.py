"""Sentences and tables about an embedded model: its training, answers, layers and replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.embedded_model import (
    KINDS,
    MIDDLE,
    UNSEEN,
    accuracy,
    calibration,
    calibration_bins,
)
from steering.analysis.validation import CLEAR
from steering.figures.caption import captioned
from steering.figures.embedded_model import accuracy_map, calibration_panels
from steering.prose import replies as of_one
from steering.prose import scope
from steering.prose.stand_ins import WORDLESS
from steering.prose.words import (
    NARROW,
    Column,
    Row,
    escaped,
    interval,
    listed,
    number,
    plural,
    records,
    share,
    table,
    within,
)
from steering.records.kinds import OURS, PUBLIC
from steering.records.training import SHAPES, Training

SLOPE = ("slope", "slope_low", "slope_high")
ERROR = ("error", "error_low", "error_high")
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


def accuracy_sentences(by_kind: pd.DataFrame) -> str:
    """Return how often the model answers as asked.

    Takes the table of `analysis.embedded_model.accuracy` by kind.
    """
    names = {
        OURS: "On our concepts, where the teacher asks for more than "
        f"{CLEAR:g} logits to either side",
        PUBLIC: "On public data sets, under a persona",
    }
    lines = [
        f"- {names.get(row['kind'], 'On what it never learned, under a persona')}, "
        f"**{share(row['share'])}** of {row['n']} prompts, of {row['groups']} groups, are answered "
        f"as asked (95{NARROW}% interval {interval(row['low'], row['high'], share)})."
        for row in records(by_kind.sort_values("kind", key=lambda kind: kind.map(KINDS.index)))
    ]
    return "\n".join(lines) or "Nothing was asked of this model that it could get right."


def show_accuracy(answered: pd.DataFrame) -> None:
    """Display how often the model answers as asked.

    Takes the table of `analysis.embedded_model.answers` for one model.
    """
    display(Markdown(accuracy_sentences(accuracy(answered, ["kind"]))))
    if answered.empty:
        return
    cells = accuracy(answered, ["kind", "concept", "prompt_setting"])
    drawn = captioned(
        accuracy_map(cells),
        "Share of prompts that are answered as asked, by concept and prompt setting. Chance would"
        " reach half. A cell is empty where nothing is asked for. Black lines part our concepts"
        " from public data sets.",
        n=f"{scope.whole(cells['n'])} prompts in a cell",
        interval="none in the cells; those of the means are given above",
        alt="A map of shares, concepts by prompt settings.",
        name="right-answers",
    )
    display(drawn)


def show_calibration(curves: pd.DataFrame) -> None:
    """Display measured against planted propensities.

    Takes the table of `analysis.embedded_model.planted_intercepts` for one model.
    """
    if curves.empty:
        display(Markdown("No planted propensity is known for the concepts of this report."))
        return
    drawn = captioned(
        calibration_panels(calibration_bins(curves)),
        "Propensity without steering, measured against planted. A dot is the mean of the prompts"
        " whose planted propensities are alike; on the dashed line the model does what the teacher"
        " says.",
        n=scope.observed(curves),
        interval=f"whiskers: the middle {share(MIDDLE)} of the prompts of a dot",
        alt="Measured against planted propensities, a panel for each place of the persona.",
        name="calibration",
    )
    display(drawn, calibration_table(calibration(curves, ["prompt_setting"])))


def calibration_table(calibrated: pd.DataFrame) -> Markdown:
    """Return a table with a row for each prompt setting.

    Takes the table of `analysis.embedded_model.calibration` by prompt_setting.
    """
    columns: dict[str, Column] = {
        "Prompt setting": "prompt_setting",
        "Slope of measured on planted (95 %)": lambda row: within(row, SLOPE),
        "Mean error, logits (95 %)": lambda row: within(row, ERROR),
        "RMS error, logits": lambda row: number(row["rmse"]),
        "Correlation": lambda row: number(row["correlation"], 3),
        "Prompts (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table(calibrated, columns)


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
