"""Sentences, tables and the figure about how many training pairs and test questions are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import pandas as pd
from IPython.display import Markdown

from steering.analysis.curves import is_given, select
from steering.analysis.how_many_pairs import by_size, pairs_needed, vectors_of_sizes
from steering.analysis.how_many_questions import ENOUGH, by_test_groups, half_width
from steering.analysis.statistics import subsets
from steering.analysis.verdict.outcomes import TOO_LITTLE
from steering.figures.beside import Beside, captioned_beside
from steering.figures.caption import Captioned
from steering.figures.how_many import how_many
from steering.prose.scope import observed
from steering.prose.words import (
    Column,
    interval,
    number,
    plural,
    records,
    share,
    table,
    unit_of,
    within,
)
from steering.records.results import Results

LACKING = (
    "How many training pairs would do was not measured in this run, which has no vectors made of "
    "some of its training groups."
)
UNKNOWN = (
    "How many training pairs would do cannot be told: the vector was given as a file, and the "
    "pairs that it was made from are not known."
)
MORE_QUESTIONS = 4  # times as many, at which half of what questions leave open remains


@dataclass(frozen=True)
class HowMany:
    """How many training pairs and test questions one run needs.

    Attributes:
        sentences: both, in words.
        observed: how many vectors and questions that rests on; empty where nothing can be drawn,
            since vectors of some of the training groups were not measured.
        sizes, vectors, needed, questions: the tables that the figure is drawn from.
    """

    sentences: str
    observed: str
    sizes: pd.DataFrame
    vectors: pd.DataFrame
    needed: pd.DataFrame
    questions: pd.DataFrame

    @classmethod
    def of(cls, curves: pd.DataFrame, results: Results) -> Self:
        """Return those of one run; `curves` is `curve_table(results)`."""
        needed, questions = pairs_needed(curves, results), by_test_groups(curves)
        given = bool(is_given(questions, curves).any())
        told = f"{pairs_sentences(needed, given=given)} {questions_sentences(questions)}".strip()
        if needed.empty or questions.empty:
            return cls(told, "", needed[:0], needed[:0], needed, questions)
        sizes = by_size(curves, results)
        count = plural(int(sizes["vectors"].sum()), "vector")
        on = f"{count}, each on {observed(select(curves))}"
        return cls(told, on, sizes, vectors_of_sizes(curves, results), needed, questions)

    @property
    def is_drawn(self) -> bool:
        """Return whether there is anything to draw."""
        return bool(self.observed)


def how_many_figure(runs: Mapping[str, HowMany]) -> Captioned | Beside | None:
    """Return the figure of some models, by name; None where there is nothing to draw of any."""
    drawn = {model: one for model, one in runs.items() if one.is_drawn}
    if not drawn:
        return None
    told = {model: one.observed for model, one in drawn.items()}
    choices = max(int(one.questions["choices"].max()) for one in drawn.values())
    alike = len(set(told.values())) == 1
    return captioned_beside(
        {
            model: partial(how_many, one.sizes, one.vectors, one.needed, one.questions)
            for model, one in drawn.items()
        },
        "Mean slope of vectors made of so many groups of training items, each at the length of that"
        " of all (the last): short lines are single vectors, dots their mean, the line is fitted to"
        " all. And mean slope with so many groups of test questions, chosen at random; full where"
        f" the verdict is that of all questions in at least {share(ENOUGH)} of {choices} choices.",
        n=next(iter(told.values()))
        if alike
        else "; ".join(f"{text} in {model}" for model, text in told.items()),
        interval="95 %: of the vectors over groups of test items and training pairs, of one vector"
        " of that size, with the band that of the fitted line; of the questions the mean width over"
        " the choices",
        alt="Two panels: mean slope against groups of training items, and of test questions.",
        name="how-many",
    )


def pairs_sentences(needed: pd.DataFrame, *, given: bool = False) -> str:
    """Return from how many training groups on more of them stop helping.

    Takes the table of `analysis.how_many_pairs.pairs_needed`. The rule is there: as many suffice as
    keep 95 % of the effect of all also at the upper end of what may be lost.
    """
    if needed.empty:
        return UNKNOWN if given else LACKING
    return " ".join(_of_pairs(row) for row in records(needed))


def _of_pairs(row: dict[str, float]) -> str:
    groups = int(row["groups"])
    if pd.isna(row["needed"]):
        return (
            "How many training pairs would do cannot be told here: the interval of the mean slope"
            " of the vector of all of them holds zero, so that there is no effect to keep."
        )
    least = int(row["needed"])
    twice = share(row["twice"])
    ends = interval(row["twice_low"], row["twice_high"], share)
    more = (
        f"twice as many as all {groups} would add {twice} ({ends}) to what a vector of this length"
        " does"
    )
    if least > groups // 2:
        kept = f"{share(row['half'])} ({interval(row['half_low'], row['half_high'], share)})"
        return (
            f"More training pairs still help: a vector of half of the {groups} groups keeps {kept} "
            f"of the effect of all, and {more}."
        )
    items = round(row["items"] * least / groups)
    return (
        f"**From {plural(least, 'group')} of training items on** (about {plural(items, 'item')} of "
        f"{round(row['items'])}), a vector of the same length keeps at least "
        f"{share(subsets.ENOUGH)} of the effect of all {groups}; {more}."
    )


def questions_sentences(questions: pd.DataFrame) -> str:
    """Return from how many groups of test questions on the verdict stays the same.

    Takes the table of `analysis.how_many_questions.by_test_groups`, of one run.
    """
    if questions.empty:
        return ""
    row = records(questions)[-1]
    unit, half = unit_of(row["form"]), row["half"]
    if row["outcome"] == TOO_LITTLE:
        return ""
    enough = questions.loc[questions["same"] >= ENOUGH, "groups"]
    least = next(size for size in sorted(enough) if _all_above(questions, size))
    quarter = half_width(half, row["pairs_half"], MORE_QUESTIONS)
    first = (
        f"Of the {row['of']} groups of test questions, {least} chosen at random give the same "
        "verdict (before it is adjusted for other concepts) in at least "
        f"{share(ENOUGH)} of choices."
        if least < row["of"]
        else f"Fewer than all {row['of']} groups of test questions would too often give another "
        "verdict."
    )
    return (
        f"{first} With all of them the mean slope is known to ±{number(half)} {unit} per unit of "
        f"λ; four times as many questions would make that ±{number(quarter)}."
    )


def _all_above(questions: pd.DataFrame, size: int) -> bool:
    return bool((questions.loc[questions["groups"] >= size, "same"] >= ENOUGH).all())


def sizes_table(sizes: pd.DataFrame) -> Markdown:
    """Return a table with a row for each number of training groups.

    Takes the table of `analysis.how_many_pairs.by_size`, of one run.
    """
    unit = unit_of(str(sizes["form"].iloc[0]))
    shares = ("reversed", "reversed_low", "reversed_high")
    columns: dict[str, Column] = {
        "Groups of training items": lambda row: str(row["groups"]),
        "Items": lambda row: number(row["items"], 0),
        "Vectors": lambda row: str(row["vectors"]),
        f"Mean slope of one ({unit}, 95\u202f%)": lambda row: within(row, ("mean", "low", "high")),
        "Width": lambda row: number(row["high"] - row["low"]),
        "Questions reversed (95\u202f%)": lambda row: within(row, shares, share),
    }
    return table(sizes, columns)
