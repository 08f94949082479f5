"""The table of verdicts: every claim about every concept, each by its rule."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from steering.analysis.answering import answering
from steering.analysis.controls import prompting
from steering.analysis.curves import curve_table
from steering.analysis.specificity import specificity
from steering.analysis.verdict.letter import letter_verdicts
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.outcomes import OUTCOMES, STEERING, of_claim
from steering.analysis.verdict.prompting import prompting_verdicts
from steering.analysis.verdict.question import question_verdicts
from steering.analysis.verdict.shift import shift_verdicts
from steering.analysis.verdict.specific import specific_verdicts
from steering.records.matrix import empty
from steering.records.results import Results
from steering.records.tables import TODAY
from steering.records.verdicts import COLUMNS, read_verdicts


def verdicts(results: Results, matrix: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return all verdicts on the concepts of `results`: they are the families of the tests.

    `matrix` is the table of `records.matrix`: what the vectors of other concepts do. Without it no
    verdict says whether a vector is specific. The columns are those of `records.verdicts`.
    """
    curves = curve_table(results)
    steering = steering_verdicts(curves, answering(results))
    tables = [
        steering,
        letter_verdicts(curves),
        shift_verdicts(curves, steering),
        question_verdicts(curves),
        specific_verdicts(specificity(curves, empty() if matrix is None else matrix), steering),
        prompting_verdicts(prompting(curves, results), steering),
    ]
    return pd.concat([table for table in tables if len(table)], ignore_index=True)[COLUMNS]


def verdicts_of(
    results: Results, files: Iterable[Path | str] = (), matrix: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the verdicts on the concepts of `results`, from the tables of their report.

    `files` are the tables of verdicts that the report has made of its models: there the tests share
    a family with those of the other concepts. Without any, the concepts of `results` are a family
    by themselves; of one run alone, it is a family of one. Then `matrix` is what `verdicts` takes.
    """
    paths = [Path(file) for file in files]
    if not paths:
        return verdicts(results, matrix)
    table = pd.concat([read_verdicts(path) for path in paths], ignore_index=True)
    runs = {(card["model"]["name"], card["concept"]["name"]) for card in results.cards}
    own = [key in runs for key in zip(table["model"], table["concept"], strict=True)]
    return table[own].reset_index(drop=True)


def over_forms(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model and concept: the outcome of steering over all forms of questions.

    Columns: model, concept, kind, `forms` (their names) and `outcome`: the one that all forms have,
    or the different ones, parted by semicolons, in the order of `OUTCOMES`.
    """
    ranks = {name: rank for rank, name in enumerate(OUTCOMES[STEERING])}
    rows = []
    for key, part in of_claim(table, STEERING).groupby(["model", "concept", "kind"], sort=False):
        outcomes = sorted(set(part["outcome"]), key=ranks.__getitem__)
        rows.append((*key, ", ".join(sorted(part["form"])), "; ".join(outcomes)))
    return pd.DataFrame(rows, columns=["model", "concept", "kind", "forms", "outcome"])


def with_outcomes(
    concepts: pd.DataFrame, table: pd.DataFrame, *, form: str = TODAY["form"]
) -> pd.DataFrame:
    """Return a table of concepts with `outcome`, `p`, `q`, `family`, `least`, `reason` of each.

    They are those of the verdict on steering by the contrastive vector, in one form of questions.
    """
    columns = ["model", "concept", "outcome", "p", "q", "family", "least", "reason"]
    own = of_claim(table, STEERING)
    return concepts.merge(own.loc[own["form"] == form, columns], how="left")
