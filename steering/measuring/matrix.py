"""The specificity matrix, measured: every other concept's vector on the questions of each concept.

The vectors are rescaled to the norm of the concept's own one, at the layer that its run chose, and
tried on its test questions, BASE→BASE. What has been measured from the same questions and the same
vector is kept, so that a concept that joins costs its own row and its own column. Questions that
another vector was trained on are left out for that vector.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from tqdm import tqdm

from steering.errors import Refused
from steering.forward.scores import PROPENSITIES
from steering.measuring.matrix_runs import (
    FinishedRun,
    asked_hash,
    finished_run,
    prompts_of,
    require_weights,
    trained_on,
    vector_hash,
)
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.records.directions import OTHER
from steering.records.matrix import About, empty, matrix_file, read_stored, write_matrix
from steering.steerability import few_multipliers, slopes
from steering.storage import locked

if TYPE_CHECKING:
    from steering.measuring.price import Price
    from steering.models.model import Model

    Announce = Callable[[Price], None]

T = TypeVar("T")

# Of multipliers ±λ. With one pair the slopes of strong vectors, whose curves level off, would come
# out larger than the own vector's, which is measured at all multipliers of the plan.
PAIRS = 2
# Where the answers of a service are kept beside the tables until these are whole.
ANSWERS = "answers"
# A question is an item, or a pair of two.
_SIDES = ("item", "partner")
_HELD = "other concepts' vectors are being tried in {} already: wait for it."


@dataclass(frozen=True)
class Row:
    """One concept of the matrix: whose questions are asked, and whose vectors are tried on them.

    Attributes:
        asked: the run whose questions are asked.
        missing: the runs whose vectors are to be tried.
        kept: what has been measured already under the identities that are wanted now.
        before, about: what the file is of, and what it is to be of.
    """

    asked: FinishedRun
    missing: tuple[FinishedRun, ...]
    kept: pd.DataFrame
    before: About
    about: About


@dataclass(frozen=True)
class Refusals:
    """The sentence for each run folder of which a step was refused; the others go on."""

    sentences: dict[Path, str] = field(default_factory=dict)

    def tried(self, folder: Path, step: Callable[[], T]) -> T | None:
        """Return the result of a step, or None if it was refused.

        Raises Interrupted where a service gives no answer: nothing is refused by that.
        """
        try:
            return step()
        except Refused as error:
            if error.passing:
                raise
            self.sentences[folder] = str(error)
            return None


def measure_matrix(
    model: str,
    asked: Sequence[Path],
    others: Sequence[Path] = (),
    access: Access | None = None,
    *,
    announce: Announce | None = None,
) -> dict[Path, str]:
    """Measure what is missing of the matrix of some runs; return a sentence for each one refused.

    Args:
        model: the name of the model, or its folder.
        asked: the run folders of one model whose questions are asked. Their vectors are tried too.
        others: further run folders, of which the vectors alone are tried.
        access: where the model runs.
        announce: is told the price of what is missing, before it is measured on this machine.

    A run that is not finished, or is refused, keeps no other from being measured; its file says
    why there is nothing. The model is loaded once, and not at all where nothing is missing. Raises
    Refused where another process is at it.
    """
    refused = Refusals()
    with ExitStack() as held:
        for place in {matrix_file(folder).parent for folder in asked}:
            held.enter_context(locked(place, _HELD.format(repr(str(place)))))
        read = [refused.tried(one, partial(finished_run, one)) for one in [*asked, *others]]
        runs = [run for run in read if run is not None]
        rows = [
            refused.tried(run.folder, partial(_row, run, runs, refused))
            for run in runs
            if run.folder in asked
        ]
        there = [row for row in rows if row is not None]
        _complete(there, model, access or Access(), refused, announce)
        for folder in asked:
            if folder in refused.sentences:
                with suppress(Refused):
                    write_matrix(empty(), About(refused=refused.sentences[folder]), folder)
    return refused.sentences


def _row(asked: FinishedRun, runs: Sequence[FinishedRun], refused: Refusals) -> Row:
    """Return what is there and what is missing of one concept's questions."""
    found = {
        run: refused.tried(run.folder, partial(vector_hash, run, asked.layer))
        for run in runs
        if run.beside(asked)
    }
    wanted = {run.concept: made for run, made in found.items() if made is not None}
    if not wanted:
        raise Refused(
            "no other concept's vector is there on these weights and at this layer: measure "
            "another one, without the vector that is given for this one."
            if "given" in asked.card
            else "no other concept's vector was made on these weights: measure another one."
        )
    about = About(asked_hash(asked), wanted, asked.card["plan_hash"])
    try:
        table, before = read_stored(asked.folder)
    except Refused:
        table, before = empty(), About()
    known = before.vectors if before.asked == about.asked else {}
    same = {name for name, made in wanted.items() if known.get(name) == made}
    missing = tuple(run for run in found if run.concept in wanted and run.concept not in same)
    return Row(asked, missing, table[table["vector_concept"].isin(same)], before, about)


def _complete(
    rows: Sequence[Row], name: str, access: Access, refused: Refusals, announce: Announce | None
) -> None:
    """Measure what each row lacks, and write those that have changed."""
    lacking = [row for row in rows if row.missing]
    for row in rows:
        if not row.missing and row.about != row.before:
            step = partial(write_matrix, row.kept, row.about, row.asked.folder)
            refused.tried(row.asked.folder, step)
    for dtype in dict.fromkeys(row.asked.card["plan"]["dtype"] for row in lacking):
        of_dtype = [row for row in lacking if row.asked.card["plan"]["dtype"] == dtype]
        folder = matrix_file(of_dtype[0].asked.folder).parent / ANSWERS
        try:
            model = access.load(name, Plan(dtype=dtype), folder)
        except Refused as error:
            if error.passing:
                raise
            refused.sentences.update({row.asked.folder: str(error) for row in of_dtype})
            continue
        if announce is not None and model.remote is None:
            announce(_price(model, of_dtype))
        for row in of_dtype:
            refused.tried(row.asked.folder, partial(_measure_row, model, row))
        # What a service has answered is in the tables now.
        shutil.rmtree(folder, ignore_errors=True)


def _price(model: Model, rows: Sequence[Row]) -> Price:
    from steering.measuring.matrix_price import Asking, price_of_others  # noqa: PLC0415 - PyTorch

    missing = [Asking(prompts_of(row.asked), len(row.missing)) for row in rows]
    return price_of_others(model, missing, 2 * PAIRS)


def _measure_row(model: Model, row: Row) -> None:
    run = row.asked
    require_weights(run, model.revision)
    measured = _slopes(model, run, row.missing)
    table = measured if row.kept.empty else pd.concat([row.kept, measured], ignore_index=True)
    table = table.sort_values(["vector_concept", "item", "order"], ignore_index=True)
    write_matrix(table, row.about, run.folder)


def _slopes(model: Model, run: FinishedRun, others: Sequence[FinishedRun]) -> pd.DataFrame:
    """Return the slope of every question under every other vector that did not learn from it."""
    import torch  # noqa: PLC0415 - slow to import, and not needed where nothing is missing

    from steering.forward.apart import swept_apart  # noqa: PLC0415
    from steering.forward.copies import Curves, Intervention  # noqa: PLC0415
    from steering.forward.sweep import sweep_table  # noqa: PLC0415
    from steering.vectors.arithmetic import rescaled  # noqa: PLC0415

    plan, layer = run.card["plan"], run.layer
    own = torch.from_numpy(run.vector(layer))
    tried = [
        Intervention(
            "BASE",
            OTHER,
            layer,
            rescaled(torch.from_numpy(other.vector(layer)), own),
            vector_concept=other.concept,
            operator=plan["operator"],
            maker=other.maker,
            origin=None if (origin := other.origin(layer)) is None else torch.from_numpy(origin),
        )
        for other in others
    ]
    prompts, multipliers = prompts_of(run), few_multipliers(plan["multipliers"], PAIRS)
    label = f"matrix {run.concept}"
    with tqdm(total=len(prompts), desc=label, unit="prompt", delay=2, leave=False) as bar:
        curves = [Curves(tried, multipliers, (PROPENSITIES[run.form],))]
        (values,), _ = swept_apart(model, prompts, curves, bar)
    table = slopes(sweep_table(values, model.name, prompts, tried, multipliers))
    seen = [(other.concept, item) for other in others for item in trained_on(run, other)]
    if not seen:
        return table
    sides = [pd.MultiIndex.from_frame(table[["vector_concept", one]]) for one in _SIDES]
    known = np.logical_or.reduce([side.isin(seen) for side in sides])
    return table[~known].reset_index(drop=True)
