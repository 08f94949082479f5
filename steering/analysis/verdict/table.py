"""The table of verdicts: every claim about every concept, each by its rule."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from steering.analysis.answering import answering
from steering.analysis.controls import prompting
from steering.analysis.curves import concept_kinds, curve_table
from steering.analysis.specificity import specificity
from steering.analysis.verdict.crossed import crossed_verdicts
from steering.analysis.verdict.letter import letter_verdicts
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.operating import operating_verdicts
from steering.analysis.verdict.outcomes import OUTCOMES, STEERING, of_claim
from steering.analysis.verdict.prompting import prompting_verdicts
from steering.analysis.verdict.question import question_verdicts
from steering.analysis.verdict.replies import reply_verdicts
from steering.analysis.verdict.shift import shift_verdicts
from steering.analysis.verdict.specific import specific_verdicts
from steering.records.crossed import empty_crossed
from steering.records.matrix import empty
from steering.records.results import Results
from steering.records.tables import TODAY
from steering.records.verdicts import COLUMNS, read_verdicts


def verdicts(
    results: Results,
    matrix: pd.DataFrame | None = None,
    crossed: pd.DataFrame | None = None,
    replies: pd.DataFrame | None = None,
    *,
    wide: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return all verdicts on the concepts of `results`: they are the families of the tests.

    `results` are of one form of the questions. `matrix` is the table of `records.matrix`: what the
    vectors of other concepts do. Without it no verdict says whether a vector is specific. `crossed`
    is that of `records.crossed`: what the vector of the other form does. Without it there is no
    verdict on it. `replies` is that of `records.replies`, if any were sampled; `wide` that of
    `records.strength`, if any operating point was measured. The columns are those of
    `records.verdicts`.
    """
    curves = curve_table(results)
    answers = answering(results)
    steering = steering_verdicts(curves, answers)
    tables = [
        steering,
        letter_verdicts(curves),
        shift_verdicts(curves, steering),
        question_verdicts(curves, answers),
        specific_verdicts(specificity(curves, empty() if matrix is None else matrix), steering),
        prompting_verdicts(prompting(curves, results), steering),
        crossed_verdicts(curves, empty_crossed() if crossed is None else crossed, answers),
    ]
    if wide is not None and len(wide):
        tables.append(operating_verdicts(wide, curves, answers))
    if replies is not None and len(replies):
        tables.append(reply_verdicts(replies, concept_kinds(results.cards)))
    return pd.concat([table for table in tables if len(table)], ignore_index=True)[COLUMNS]


def verdicts_of(
    results: Results,
    files: Iterable[Path | str] = (),
    matrix: pd.DataFrame | None = None,
    *,
    crossed: pd.DataFrame | None = None,
    replies: pd.DataFrame | None = None,
    wide: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the verdicts on the concepts of `results`, from the tables of their report.

    `files` are the tables of verdicts that the report has made of its models: there the tests share
    a family with those of the other concepts. Without any, the concepts of `results` are a family
    by themselves; of one run alone, it is a family of one. Then `matrix`, `crossed`, `replies`
    and `wide` are what `verdicts` takes.
    """
    paths = [Path(file) for file in files]
    if not paths:
        return verdicts(results, matrix, crossed, replies, wide=wide)
    runs = {
        (card["model"]["name"], card["concept"]["name"], card.get("form", TODAY["form"]))
        for card in results.cards
    }
    # A page about one concept asks for few of a report's verdicts. Leaving out those on other
    # concepts first is cheap; each row that is left is compared with the runs one by one.
    concepts = {concept for _, concept, _ in runs}
    read = [read_verdicts(path) for path in paths]
    table = pd.concat([one[one["concept"].isin(concepts)] for one in read], ignore_index=True)
    keys = zip(table["model"], table["concept"], table["form"], strict=True)
    own = [key in runs for key in keys]
    return table[own].reset_index(drop=True)


def verdicts_in(form: str, files: Iterable[Path | str]) -> pd.DataFrame:
    """Return the verdicts in one form of the questions, from the tables of a report.

    There are none where the report has none in that form. Raises Refused for a damaged table.
    """
    tables = [read_verdicts(Path(file)) for file in files]
    rows = [table[table["form"] == form] for table in tables]
    filled = [part for part in rows if len(part)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    return tables[0][:0] if tables else pd.DataFrame(columns=COLUMNS)


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
