"""Sentences and tables that compare models."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.across import HOME
from steering.analysis.verdict.outcomes import MOVES, STEERING, of_claim
from steering.figures.across import PANELS, model_panels
from steering.figures.caption import captioned
from steering.prose.findings import anchor
from steering.prose.headline import silent_models
from steering.prose.outcomes import moved_in, outcome_sentences
from steering.prose.ranks import ranks_by_kind
from steering.prose.scope import marks, observed
from steering.prose.validation import planted_as
from steering.prose.variability import MEAN
from steering.prose.words import (
    Column,
    Row,
    escaped,
    number,
    plural,
    records,
    table,
    table_by_kind,
    within,
)


def models_sentences(verdicts: pd.DataFrame) -> str:
    """Return a line for each model: on how many concepts its vectors move the answer."""
    lines = [
        f"- **{escaped(model)}.** {outcome_sentences(rows, STEERING)}"
        for model, rows in verdicts.groupby("model", sort=False)
    ]
    if len(lines) == 1:
        lines.append("\nThis report has one model. Name several, and they are compared here.")
    return "\n".join(lines)


def model_table(concepts: pd.DataFrame, cards: Iterable[Row] = ()) -> Markdown:
    """Return a table of mean slopes with a row for each concept and a column for each model.

    `concepts` have the outcome on steering (`verdict.table.with_outcomes`); where the vector does
    not move the answer, the outcome stands beside the slope. Slopes per unit of dose
    (`analysis.dose.with_doses`) stand beside those per unit of λ, if they are there. Where the
    `cards` know of a planted direction, what each concept was planted as comes first.
    """
    designs = planted_as(card for card in cards if card["cosine_planted"] is not None)
    models = list(dict.fromkeys(concepts["model"]))
    cells = concepts.assign(cell=[_slope(row) for row in records(concepts)])
    wide = cells.pivot_table(
        index=["concept", "kind"], columns="model", values="cell", aggfunc="first"
    ).fillna("–")
    columns: dict[str, Column] = {"Concept": "concept"}
    if designs:
        columns["Planted as"] = lambda row: designs.get(row["concept"], "–")
    for model in models:
        columns[escaped(model)] = lambda row, model=model: str(row[model])  # type: ignore[misc]
    return table_by_kind(wide.reset_index(), columns)


def _slope(row: Row) -> str:
    slope = within(row, MEAN)
    if "per_dose" in row:
        slope += f", {number(row['per_dose'])} a dose"
    return slope if row["outcome"] == MOVES else f"{slope}; {row['outcome']}"


def models_described(cards: Iterable[Row]) -> Markdown:
    """Return a table with a row for each model: what it is, and on what it was measured."""
    rows = pd.DataFrame(
        [{**card["model"], **card} | {"name": card["model"]["name"]} for card in cards]
    )
    columns: dict[str, Column] = {
        "Model": lambda row: escaped(row["name"]),
        "Architecture": lambda row: escaped(row["architecture"]),
        "Parameters": lambda row: f"{row['parameters'] / 1e6:.1f} million",
        "Blocks": lambda row: str(row["model"]["layers"]),
        "Width": lambda row: str(row["width"]),
        "Measured on": lambda row: f"{escaped(row['device'])}, {escaped(row['dtype'])}",
    }
    return table(rows.drop_duplicates("name"), columns)


def show_pairs(
    pairs: pd.DataFrame,
    agreement: pd.DataFrame,
    curves: pd.DataFrame,
    verdicts: pd.DataFrame,
    interval: str,
) -> None:
    """Display figure 6 for each pair of the report's models, or say that there is none.

    `curves` are those of the figure, and `interval` says what the means' intervals resample. A
    model that, by its verdicts, does not answer most of its questions is compared with none.
    """
    if pairs[pairs["shift"] == HOME].empty:
        display(Markdown("No two models of this report share a concept."))
    silent = silent_models(verdicts)
    for model, (answered, concepts) in silent.items():
        display(
            Markdown(
                f"{escaped(model)} answers the questions of {answered} of "
                f"{plural(concepts, 'concept')}: it is not compared with other models."
            )
        )
    for key, part in pairs.groupby(["model_x", "model_y"], sort=False):
        if not silent.keys().isdisjoint(key):
            continue
        shown = curves["model"].isin(key) & curves["concept"].isin(part["concept"])
        same = (agreement["model_x"] == key[0]) & (agreement["model_y"] == key[1])
        drawn = captioned(
            model_panels(part, agreement[same], PANELS),
            f"Figure 6: mean steerability of each concept in {key[0]} and in {key[1]}, in and out "
            "of distribution. On the dashed line both are alike."
            + marks(part, "furthest from the dashed line"),
            n=observed(curves[shown]),
            interval=f"whiskers: {interval}; ρ: 95 %, for that number of concepts",
            alt=f"Scatter plots of mean slopes in {key[1]} against those in {key[0]}.",
            finding=pair_finding(agreement[same]),
            name=f"{anchor(str(key[0]))}-and-{anchor(str(key[1]))}",
        )
        display(drawn)


def models_finding(verdicts: pd.DataFrame) -> str:
    """Return in one sentence on how many concepts each model's vectors move the answer."""
    return moved_in(of_claim(verdicts, STEERING))


def pair_finding(agreement: pd.DataFrame) -> str:
    """Return in one sentence whether two models order concepts alike, in distribution.

    Takes the rows of `analysis.across.model_agreement` about one pair of models.
    """
    first, second = agreement[["model_x", "model_y"]].iloc[0]
    ranks = ranks_by_kind(agreement[agreement["shift"] == HOME])
    if not ranks:
        return f"{first} and {second} share too few concepts of a kind to compare their order."
    return (
        f"In distribution, the mean slopes of concepts in {first} and in {second} have a rank "
        f"correlation of {ranks}."
    )
