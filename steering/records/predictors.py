"""Predictors of how well a vector will work: a table of a run, and the committed one of many runs.

A row is one predictor of one vector at one layer, from training items alone. What each predictor is
stands beside its formula, in `steering.vectors.predictors`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.records.beside import joined, read_checked, write_checked
from steering.records.run_card import read_card
from steering.records.tables import TODAY

AGREEMENT, PAIRWISE, D_PRIME = "agreement", "pairwise", "d_prime"
SPLIT_HALF, DOSE, SPREAD = "split_half", "dose", "spread"
CONSISTENCY, PERSONA = "consistency", "persona"
# In the order in which they are shown. The consistency is of lettered answers alone.
PREDICTORS = (AGREEMENT, PAIRWISE, D_PRIME, SPLIT_HALF, DOSE, SPREAD, CONSISTENCY, PERSONA)

# What each is called in figures, tables and sentences.
TITLES = {
    AGREEMENT: "agreement of the pairs",
    PAIRWISE: "agreement of two questions",
    D_PRIME: "separation d′",
    SPLIT_HALF: "split-half cosine",
    DOSE: "dose of λ = 1",
    SPREAD: "resampled spread",
    CONSISTENCY: "answer consistency",
    PERSONA: "alignment with the persona",
}

PREDICTOR_KEY = ("model", "concept", "form", "layer", "predictor")
CONTRACT = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("model", "concept", "form")},
        "layer": pa.Column("int64", pa.Check.ge(0)),
        "predictor": pa.Column(str, pa.Check.isin(PREDICTORS)),
        # Missing where it cannot be said, as of one group of training items alone.
        "value": pa.Column("float64", nullable=True),
        "pairs": pa.Column("int64", pa.Check.ge(1)),
        "groups": pa.Column("int64", pa.Check.ge(1)),
    },
    unique=list(PREDICTOR_KEY),
    strict=True,
)
FILE = "predictors.parquet"


def write_predictors(table: pd.DataFrame, folder: Path) -> Path:
    """Return the file after writing predictors to a folder, see `records.beside.write_checked`."""
    return write_checked(table, folder / FILE, CONTRACT)


def read_predictors(folder: Path) -> pd.DataFrame:
    """Return the predictors of a folder; the table has no rows where there are none.

    Raises Refused where the file is damaged.
    """
    return read_checked(folder / FILE, CONTRACT, "predictors")


def predictors_of_runs(runs: Iterable[Path | str], committed: Path) -> pd.DataFrame:
    """Return the predictors of some runs, each at the layer that it chose.

    A run without a table of its own, which is a committed one, has them in the table of the folder
    `committed`, unless that was measured at another layer. Raises Refused where a file is damaged.
    """
    kept = read_predictors(committed)
    return joined((_of_run(Path(run), kept) for run in runs), CONTRACT)


def with_predictors(runs: Iterable[Path | str], committed: Path) -> list[Path]:
    """Return those runs of which there are predictors, see `predictors_of_runs`."""
    kept = read_predictors(committed)
    return [Path(run) for run in runs if len(_of_run(Path(run), kept))]


def _of_run(run: Path, kept: pd.DataFrame) -> pd.DataFrame:
    card, own = read_card(run), read_predictors(run)
    table = kept if own.empty else own
    key = {
        "model": card["model"]["name"],
        "concept": card["concept"]["name"],
        "form": card.get("form", TODAY["form"]),
        "layer": int(card["layer"]),
    }
    chosen = pd.Series(True, index=table.index)
    for name, value in key.items():
        chosen &= table[name] == value
    return table[chosen]
