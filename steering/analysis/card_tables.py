"""The tables that reliability cards are made of: made of all runs at once, then parted by run.

Each is a table of `steering.analysis` that a page shows. One pass over the runs of a model costs a
fraction of a pass over each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from steering.analysis.answering import answering
from steering.analysis.brittleness import in_and_out
from steering.analysis.controls import prompting
from steering.analysis.curves import RUN_KEY, curve_table, select
from steering.analysis.evidence import Evidence, run_of
from steering.analysis.how_many_pairs import pairs_needed
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics import training_pairs
from steering.analysis.strength import costs_by_dose
from steering.analysis.verdict.operating import operating_points
from steering.records.directions import CONTRASTIVE, RESAMPLED, SUBSET

Row = Mapping[Any, Any]

_OWN = pc.field("direction") == CONTRASTIVE
_AT_HOME = (pc.field("vector_setting") == "BASE") & (pc.field("prompt_setting") == "BASE")
# Of which rows of the tables of runs all of this is made; see `records.results.read_rows`.
ROWS: Mapping[str, pc.Expression] = {
    "sweep": (pc.field("multiplier") == 0) | (_OWN & _AT_HOME),
    "steerability": _OWN | pc.field("direction").isin([RESAMPLED, SUBSET]),
}


@dataclass(frozen=True)
class CardTables:
    """What the tables say of one run; its rows are empty where nothing was measured.

    Attributes:
        moved: the row of `training_pairs.means`, below: that of `training_pairs.shares` below zero.
        answers: the row of `analysis.answering`.
        shifts, personas, pairs: rows of `in_and_out`, `prompting` and `pairs_needed`.
        operating: the row of `operating_points`, None where no cost was measured.
        groups: the group of each item that was asked in all orders.
        wordings: in how many wordings the questions were asked.
    """

    moved: Row
    below: Row
    answers: Row
    shifts: Sequence[Row]
    personas: Sequence[Row]
    pairs: Sequence[Row]
    operating: Row | None
    groups: pd.Series
    wordings: int


def card_tables(evidence: Evidence) -> list[CardTables]:
    """Return what the tables say of each run of the evidence, in the order of its cards."""
    results = evidence.results
    curves = curve_table(results)
    beside = training_pairs.beside_resampled(curves)
    below = beside.assign(below=beside["steerability"] < 0)
    moved = _by_run(training_pairs.means(beside, "steerability", RUN_KEY))
    zero = _by_run(training_pairs.shares(below, "below", RUN_KEY))
    answers = _by_run(answering(results))
    shifts, personas = _by_run(in_and_out(curves)), _by_run(prompting(curves, results))
    pairs = _by_run(pairs_needed(curves, results))
    operating = _by_run(_operating(evidence))
    key = ["model", "concept"]
    items = counterbalanced(select(curves)).drop_duplicates([*key, "item"]).set_index("item")
    groups = dict(list(items.groupby(key, observed=True)["group"]))
    wordings = results.prompts.astype({"wording": "str"}).groupby(key, observed=True)["wording"]
    numbers = wordings.nunique()
    return [
        CardTables(
            moved=next(iter(moved[run]), {}),
            below=next(iter(zero[run]), {}),
            answers=answers[run][0],
            shifts=shifts[run],
            personas=personas[run],
            pairs=pairs[run],
            operating=next(iter(operating[run]), None),
            groups=groups[run],
            wordings=int(numbers[run]),
        )
        for run in map(run_of, results.cards)
    ]


def _operating(evidence: Evidence) -> pd.DataFrame:
    cards, costs = evidence.results.cards, evidence.costs
    if costs.empty:
        return pd.DataFrame(columns=["model", "concept"])
    of_costs = set(zip(costs["model"], costs["concept"], strict=True))
    known = [card for card in cards if run_of(card) in of_costs]
    return operating_points(known, costs_by_dose(costs, known), evidence.verdicts)


def _by_run(table: pd.DataFrame) -> dict[tuple[str, str], list[dict[Any, Any]]]:
    """Return the rows of each run, by the names of its model and its concept."""
    rows = defaultdict(list)
    for row in table.to_dict("records"):
        rows[row["model"], row["concept"]].append(row)
    return rows
