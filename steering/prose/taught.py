"""What an embedded model does beside what it was taught: answers, their size, and its losses."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.embedded_model import (
    KINDS,
    MIDDLE,
    accuracy,
    calibration,
    calibration_bins,
)
from steering.analysis.validation import CLEAR
from steering.figures.caption import captioned
from steering.figures.embedded_model import accuracy_map, calibration_panels
from steering.prose import scope
from steering.prose.words import (
    NARROW,
    Column,
    interval,
    number,
    plural,
    records,
    share,
    table,
    within,
)
from steering.records.kinds import OURS, PUBLIC

SLOPE = ("slope", "slope_low", "slope_high")
ERROR = ("error", "error_low", "error_high")


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
        finding=accuracy_finding(cells),
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
        finding=calibration_finding(calibration(curves, [])),
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


def accuracy_finding(cells: pd.DataFrame) -> str:
    """Return in one sentence where the model answers as asked more often than by chance.

    Takes the table of `analysis.embedded_model.accuracy` by kind, concept and prompt_setting; a
    cell counts where its interval lies above one half.
    """
    least = records(cells.sort_values("share", kind="stable"))[0]
    return (
        f"In {int((cells['low'] > 0.5).sum())} of {plural(len(cells), 'pair')} of a concept and a "
        "prompt setting, the interval of the share that is answered as asked lies above one half; "
        f"the lowest share is {within(least, ('share', 'low', 'high'), share)}, on "
        f"{least['concept']} in {least['prompt_setting']}."
    )


def calibration_finding(calibrated: pd.DataFrame) -> str:
    """Return in one sentence how near measured propensities come to planted ones.

    Takes the table of `analysis.embedded_model.calibration` over all prompts together.
    """
    return " ".join(
        f"For each logit that is planted, the measured propensity rises by {within(row, SLOPE)} "
        f"logits; the two differ by {number(row['rmse'])} logits (root mean square)."
        for row in records(calibrated)
    )


def loss_finding(curve: pd.DataFrame) -> str:
    """Return in one sentence in how many stages of training the loss fell, and where most.

    `curve` is that of `records.training.Training`. A stage's first point is compared with its last.
    """
    stages = curve.groupby("stage", sort=False)["loss"].agg(["first", "last"])
    most = str((stages["first"] - stages["last"]).idxmax())
    first, last = map(float, stages.loc[most])
    return (
        f"The loss falls in {int((stages['last'] < stages['first']).sum())} of "
        f"{plural(len(stages), 'stage')} of training, most in the stage {most}: from "
        f"{number(first)} to {number(last)}."
    )
