"""What only the full report measures of a model, in the job that tries other vectors.

Those are every operator and maker of directions beside the usual one, and what each vector does to
other concepts over layers. Two tables of the model are made of it, like those that are committed of
the models of ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from steering.analysis.operators import points_of_way
from steering.errors import Refused
from steering.measuring.kept import CARD_FILE
from steering.measuring.side_effects import measure_side_effects
from steering.measuring.told import LAYERED, WAYS
from steering.measuring.ways import USUAL, Usual, Way, folder_of, measure_ways, other_ways
from steering.records.beside import without_rows
from steering.records.operators import COLUMNS, FILE
from steering.records.results import read_results
from steering.records.run_card import read_card
from steering.records.side_effects import CONTRACT, write_side_effects
from steering.records.strength import read_strength
from steering.report.grid import Grid
from steering.report.measurements import CHOSEN
from steering.storage import replaced

if TYPE_CHECKING:
    from steering.measuring.price import Price

    Announce = Callable[[str, Price], None]

# What a service has answered of it is kept in a folder of this name until all is there.
FURTHER = "further"


def measure_further(grid: Grid, model: str, announce: Announce | None = None) -> dict[Path, str]:
    """Measure what is missing of it; return the sentence for each run folder that was refused.

    `announce` is told what is priced, and its price. Where the report is no full one, or has one
    concept only, there is nothing. Concepts whose runs are not complete take no part. Raises
    Interrupted where a service gives no answer for now: what it has answered is kept.
    """
    usual = [
        Usual(grid.concepts[name]["reference"], run, grid.options_of(model, name))
        for name in grid.further_of(model)
        if finished(run := grid.run(model, name), grid.identity(model, name, CHOSEN))
    ]
    if not usual:
        return {}
    reference, access = grid.models[model]["reference"], grid.access_of(model, FURTHER)
    folder = grid.further(model)

    def of(what: str) -> Callable[[Price], None] | None:
        return None if announce is None else lambda price: announce(what, price)

    refused = measure_ways(reference, usual, folder / "ways", access, announce=of(WAYS))
    points = points_of_ways(usual, folder / "ways")
    folder.mkdir(parents=True, exist_ok=True)
    with replaced(folder / FILE) as temporary:
        points.assign(model=model).to_csv(temporary, index=False, float_format="%.6g")
    runs, kept = [one.run for one in usual], folder / "side-effects"
    try:
        table, why = measure_side_effects(reference, runs, kept, access, announce=of(LAYERED))
    except Refused as error:  # the model itself
        if error.passing:
            raise
        table, why = without_rows(CONTRACT), dict.fromkeys(runs, str(error))
    write_side_effects(table.assign(model=model), folder)
    shutil.rmtree(grid.answers(model, FURTHER), ignore_errors=True)
    return refused | why


def finished(run: Path, identity: str) -> bool:
    """Return whether a run folder holds what this report asks for, to the end."""
    return (run / CARD_FILE).is_file() and read_card(run)["plan_hash"] == identity


def points_of_ways(usual: list[Usual], out: Path) -> pd.DataFrame:
    """Return the operating points of the runs of every way, the usual one's first."""
    runs: Mapping[Way, list[Path]] = {
        USUAL: [one.run for one in usual],
        **{way: [folder_of(out, way, one.run.name) for one in usual] for way in other_ways()},
    }
    tables = []
    for way, folders in runs.items():
        if some := [one for one in folders if (one / CARD_FILE).is_file()]:
            costs, wide = (read_strength(some, name) for name in ("costs", "wide"))
            tables.append(points_of_way(read_results(some), costs, wide, way))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]
