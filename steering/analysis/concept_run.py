"""One concept in one model: the tables that a page about the concept shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from steering.analysis import controls
from steering.analysis.answering import answering
from steering.analysis.change import change_at
from steering.analysis.curves import curve_table, select
from steering.analysis.reversed import in_both_orders
from steering.analysis.specificity import specificity
from steering.analysis.strength import costs_by_dose
from steering.analysis.variability import by_concept, question_slopes
from steering.analysis.verdict.operating import operating_points
from steering.analysis.verdict.outcomes import NO_ANSWER, STEERING, of_claim
from steering.analysis.verdict.table import verdicts_of, with_outcomes
from steering.records.crossed import read_crossed
from steering.records.matrix import read_matrix
from steering.records.replies import read_replies
from steering.records.results import Results, read_results
from steering.records.run_card import RunCard
from steering.records.strength import read_strength
from steering.records.tables import SAID, TODAY


@dataclass(frozen=True)
class ConceptRun:
    """The results of one concept in one model, and what is made of them when it is asked for.

    Attributes:
        results: the four tables of the run, and its card.
        folder: the run's folder, beside which lies what other concepts' vectors do.
        verdicts: the tables of verdicts of the report; none: the concept is a family of one.
    """

    results: Results
    folder: str
    verdicts: tuple[str, ...] = ()

    @property
    def card(self) -> RunCard:
        """Return the run's card."""
        return self.results.cards[0]

    @property
    def model(self) -> str:
        """Return the name of the model."""
        return self.card["model"]["name"]

    @property
    def is_said(self) -> bool:
        """Return whether the concept was asked in free text, and not by letters."""
        return self.card.get("form", TODAY["form"]) == SAID

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Return the table of all curves, as `analysis.curves.curve_table` makes it."""
        return curve_table(self.results)

    @cached_property
    def base(self) -> pd.DataFrame:
        """Return the curves of the concept's own vector in distribution, BASE→BASE."""
        return select(self.curves)

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Return what the vectors of other concepts do on this one's questions."""
        return read_matrix([self.folder])

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Return the verdicts on this concept in this model, in the form that was asked."""
        files = [Path(file) for file in self.verdicts]
        return verdicts_of(
            self.results,
            files,
            self.matrix,
            crossed=read_crossed([self.folder]) if self.is_said else None,
            replies=read_replies([self.folder]) if self.is_said else None,
            wide=read_strength([self.folder], "wide"),
        )

    @property
    def is_silent(self) -> bool:
        """Return whether the model does not answer these questions, by the verdict on steering."""
        return bool((of_claim(self.claims, STEERING)["outcome"] == NO_ANSWER).all())

    @cached_property
    def concepts(self) -> pd.DataFrame:
        """Return the one row of `by_concept`, with the outcome on steering."""
        return with_outcomes(by_concept(self.curves), self.claims)

    @cached_property
    def questions(self) -> pd.DataFrame:
        """Return the slope of every question with its verdict, as `question_slopes` does."""
        return question_slopes(self.curves, self.claims)

    @cached_property
    def answers(self) -> pd.DataFrame:
        """Return whether the model answers these questions without a vector."""
        return answering(self.results)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Return what the vector, added once, was measured to change."""
        return change_at(self.curves, self.results)

    @cached_property
    def reversed_questions(self) -> pd.DataFrame:
        """Return how many questions have a slope below zero in both orders of their answers."""
        return in_both_orders(self.curves)

    @cached_property
    def vectors(self) -> pd.DataFrame:
        """Return what each kind of vector does, with the outcome on steering."""
        return with_outcomes(controls.controls(self.curves), self.claims)

    @cached_property
    def personas(self) -> pd.DataFrame:
        """Return what each persona in the prompt does beside the vector."""
        return controls.prompting(self.curves, self.results)

    @cached_property
    def others(self) -> pd.DataFrame:
        """Return what other concepts' vectors do beside this one's."""
        return specificity(self.curves, self.matrix)

    @cached_property
    def operating_point(self) -> pd.DataFrame:
        """Return what the vector does and costs at its operating point; empty if not measured."""
        by_dose = costs_by_dose(read_strength([self.folder], "costs"), self.results.cards)
        return operating_points(self.results.cards, by_dose, self.claims)


def together(runs: Sequence[ConceptRun], table: str) -> pd.DataFrame:
    """Return one table of all runs, named by its attribute of `ConceptRun`, one below the other."""
    return pd.concat([getattr(run, table) for run in runs], ignore_index=True)


def concept_runs(
    results: Sequence[Results], folders: Sequence[str], verdicts: Sequence[str] = ()
) -> list[ConceptRun]:
    """Return one concept's runs, one for each model, from their results and folders."""
    pairs = zip(results, folders, strict=True)
    return [ConceptRun(found, folder, tuple(verdicts)) for found, folder in pairs]


def said_runs(folders: Sequence[str], verdicts: Sequence[str] = ()) -> list[ConceptRun | None]:
    """Return the runs in free text of these folders; None where there is none."""
    return [
        ConceptRun(read_results([folder]), folder, tuple(verdicts))
        if folder and Path(folder, "card.json").is_file()
        else None
        for folder in folders
    ]
