"""Which slopes in other words a report shows: its own runs', or those that come with the report.

Few runs are measured in other words, since that takes longer than all else. For a model of this
report without any, the committed table stands in, if it has that model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from steering.analysis.verdict.outcomes import STEERING, of_claim
from steering.analysis.verdict.table import verdicts_of
from steering.records.results import read_results
from steering.records.run_card import RunCard, read_card
from steering.records.tables import TODAY
from steering.records.verdicts import COLUMNS, read_verdicts
from steering.records.wordings import read_run_wordings


@dataclass(frozen=True)
class Worded:
    """Slopes in other words, and what a verdict on them takes.

    Attributes:
        table: that of `records.wordings`, of all models.
        steering: the verdicts on whether the vectors move the answer at all.
        left_out: a sentence for each wording that was left out, by model, family and name.
        ours: the models whose slopes come with the report.
        missing: the models of the report of which there are none.
        cards: of the runs of this report whose own slopes are shown.
    """

    table: pd.DataFrame
    steering: pd.DataFrame
    left_out: dict[str, str]
    ours: tuple[str, ...]
    missing: tuple[str, ...]
    cards: tuple[RunCard, ...]


def worded(runs: Sequence[Path | str], verdicts: Sequence[Path | str], committed: Path) -> Worded:
    """Return what there is of the models of some runs, in the order of these.

    `verdicts` are the report's tables of verdicts; without any, those on the runs themselves are
    made here: of slopes that come with the report, too, they are those on this report's runs, in
    which the vector is the same. `committed` is the folder of the table that comes with the report.
    Raises Refused for a run without a card, and for a damaged table.
    """
    cards = {run: read_card(Path(run)) for run in runs}
    models = {run: str(card["model"]["name"]) for run, card in cards.items()}
    shown = []
    tables: list[pd.DataFrame] = []
    left_out: dict[str, str] = {}
    for run, model in models.items():
        table, sentences = read_run_wordings(run)
        if len(table):
            tables.append(table)
            shown.append(cards[run])
            left_out |= {f"{model}.{name}": told for name, told in sentences.items()}
    own = {name for table in tables for name in table["model"]}
    with_us, of_ours = read_run_wordings(committed)
    stands_in = with_us[with_us["model"].isin({*models.values()} - own)]
    ours = {*stands_in["model"]}
    left_out |= {name: told for name, told in of_ours.items() if name.split(".")[0] in ours}
    names = dict.fromkeys(models.values())
    every = [*tables, *([stands_in] if ours else [])]
    measured = [run for run, model in models.items() if model in own | ours]
    return Worded(
        pd.concat(every, ignore_index=True) if every else with_us[:0],
        _steering(measured, verdicts) if measured else pd.DataFrame(columns=COLUMNS),
        left_out,
        tuple(name for name in names if name in ours),
        tuple(name for name in names if name not in own | ours),
        tuple(shown),
    )


def _steering(runs: Sequence[Path | str], files: Sequence[Path | str]) -> pd.DataFrame:
    if files:
        table = pd.concat([read_verdicts(file) for file in files], ignore_index=True)
    else:
        table = verdicts_of(read_results(runs))
    rows = of_claim(table, STEERING)
    return rows[rows["form"] == TODAY["form"]]
