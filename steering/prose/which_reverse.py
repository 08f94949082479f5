"""The table of the questions that a vector moves least and most, in each model."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from IPython.display import Markdown

from steering.analysis.concept_run import ConceptRun, together
from steering.analysis.question_order import lowest_and_highest
from steering.analysis.verdict.outcomes import FOLLOWS, REVERSED
from steering.figures.explorer_link import address, anchor
from steering.prose.words import Column, Row, escaped, markdown, number, records, table

LONGEST = 110  # characters of a statement in a cell
KEY = (
    "Slopes are in logits per unit of λ, both orders of the answers together, and in brackets in "
    "either order. ◀ marks a question whose own verdict is that the vector moves it the wrong way, "
    "▶ one that it moves the right way; without a mark, it cannot be told apart from chance."
)
MARKS = {REVERSED: " ◀", FOLLOWS: " ▶"}


def which_reverse(runs: Sequence[ConceptRun]) -> Markdown:
    """Return the questions with the lowest slopes and those with the highest, a column a model.

    Each links to the explorer. Runs that come without words are told by the row of the data set. A
    model that does not answer is left out where another one does.
    """
    runs = [run for run in runs if not run.is_silent] or runs
    chosen = lowest_and_highest(together(runs, "questions"), together(runs, "curves"))
    if chosen.empty:
        return markdown("No question was measured in both orders of its answers.")
    words = _statements(runs)
    rows = []
    for item, part in chosen.groupby("item", sort=False):
        cells = {str(row["model"]): _cell(row) for row in records(part)}
        rows.append({"question": _question(runs, int(str(item)), words), **cells})
    columns: dict[str, Column] = {"Question": "question"}
    columns |= {f"Slope in {escaped(run.model)}": run.model for run in runs}
    beside = pd.DataFrame(rows).reindex(columns=list(columns.values())).fillna("–")
    text = table(beside, columns).data
    return markdown(f"{text}\n\n{KEY}")


def _cell(row: Row) -> str:
    both = f"{number(row['first'])}; {number(row['second'])}"
    return f"{number(row['steerability'])}{MARKS.get(row['outcome'], '')} ({both})"


def _question(runs: Sequence[ConceptRun], item: int, words: dict[int, str]) -> str:
    text = words.get(item, "")
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    run = next(one for one in runs if item in set(one.questions["item"]))
    place = address(run.model, run.card["concept"]["name"], item)
    return anchor(shown or f"row {item} of the data set", place)


def _statements(runs: Sequence[ConceptRun]) -> dict[int, str]:
    words: dict[int, str] = {}
    for run in runs:
        items = run.results.items
        texts = dict(zip(items["item"], items["statement"].fillna(""), strict=True))
        words |= {int(item): str(text) for item, text in texts.items() if text}
    return words
