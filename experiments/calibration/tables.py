"""Slopes as the tables that the report's rules take: a model for each replicate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.calibration.cases import Array
from experiments.calibration.world import Slopes
from steering.prompts import said
from steering.records import directions
from steering.records.kinds import YOURS
from steering.records.results import Results
from steering.records.tables import NO_PARTNER, PROMPT_KEY, TODAY

KIND = YOURS  # whatever has no card


def curves(drawn: Slopes, *, concepts: int = 1, whole: bool = False) -> pd.DataFrame:
    """Return the curves BASE→BASE of the vector and its controls, as `curves.curve_table` does.

    Each replicate is a model, so that it is a family by itself; or `concepts` replicates are.
    A random or shuffled vector is given as one question whose slopes are its means in each order,
    since rules take no more than that mean from it; `whole` gives all its questions.
    """
    parts = [table(drawn.own[:, :1], drawn.group, directions.CONTRASTIVE, concepts)]
    parts.append(table(drawn.own[:, 1:], drawn.group, directions.RESAMPLED, concepts))
    for name, values in ((directions.RANDOM, drawn.random), (directions.SHUFFLED, drawn.shuffled)):
        means = values if whole else values.mean(axis=2, keepdims=True)
        group = drawn.group if whole else drawn.group[:1]
        parts.append(table(means, group, name, concepts))
    rows = pd.concat(parts, ignore_index=True)
    return in_free_text(rows) if drawn.form == said.NAME else rows


def in_free_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `table` as those of pairs of texts behind requests, which are the groups."""
    letters = pd.array([pd.NA] * len(rows), dtype="str")
    return rows.assign(form=said.NAME, request=rows["group"], positive_letter=letters)


# What rules on mean slopes read; without the other columns they take half the time.
OF_MEANS = ["model", "concept", "kind", "form", "vector_setting", "prompt_setting"]
OF_MEANS += ["maker", "direction", "number", "layer", "item", "order", "group", "steerability"]


def table(
    slopes: Array, group: Array, direction: str, concepts: int = 1, **columns: str
) -> pd.DataFrame:
    """Return slopes (replicate × vector × question × order) as rows of a table of curves."""
    count = len(slopes)
    place = np.indices(slopes.shape).reshape(4, -1)
    number = np.arange(count)
    rows = {
        "model": _named("m", number // concepts, 4)[place[0]],
        "concept": _named("c", number % concepts, 2)[place[0]],
        "kind": KIND,
        **TODAY,
        "vector_setting": "BASE",
        "prompt_setting": "BASE",
        "direction": direction,
        "vector_concept": "",
        "number": place[1],
        "layer": 0,
        "item": place[2],
        "partner": NO_PARTNER,
        "order": place[3],
        "group": _named("g", group, 2)[place[2]],
        "feature": "",
        "positive_letter": LETTERS[place[3]],
        "positive_is_yes": pd.NA,
        "steerability": slopes.reshape(-1),
        "planted_steerability": np.nan,
        "standard_error": 0.0,
    }
    return pd.DataFrame({**rows, **columns})


LETTERS = pd.array(["A", "B"], dtype="str")


def _named(
    letter: str, numbers: NDArray[np.int64], digits: int
) -> pd.api.extensions.ExtensionArray:
    return pd.array([f"{letter}{number:0{digits}d}" for number in numbers], dtype="str")


def as_results(sweep: pd.DataFrame) -> Results:
    """Return the results of runs of which a sweep is known: rows of `table` with propensities."""
    prompts = sweep[[*PROMPT_KEY, "positive_letter"]].drop_duplicates(list(PROMPT_KEY))
    items = sweep[["concept", "item", "group"]].drop_duplicates().assign(split="test")
    known = sweep.drop(columns=["kind", "group", "positive_letter", "feature", "positive_is_yes"])
    return Results(items, prompts, known, known.iloc[:0], ())


def all_answer(table: pd.DataFrame) -> pd.DataFrame:
    """Return the gate of `analysis.answering` as open for every concept of a table."""
    runs = table[["model", "concept", "kind", "form"]].drop_duplicates()
    return runs.assign(answers=True, reason="")


def by_replicate(verdicts: pd.DataFrame, outcomes: tuple[str, ...], count: int) -> Array:
    """Return for each replicate, a concept of a model, whether it has one of some outcomes."""
    ordered = verdicts.sort_values(["model", "concept"], kind="stable")
    made = ordered["outcome"].isin(outcomes).to_numpy(dtype=np.float64)
    assert len(made) == count, (len(made), count)
    return made
