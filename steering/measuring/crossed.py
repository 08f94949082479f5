"""Crossed vectors, measured: the vector of letters on replies, and that of replies on letters.

A vector is read at the letter of the answer or over the tokens of a reply. Each is tried on the
questions of the other form, in every prompt setting, at the layer and at the norm of the vector
that these questions have themselves: so both vectors are compared at one dose.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from steering.concepts import Concept, unseen
from steering.errors import Refused
from steering.measuring.asking import asked_prompts
from steering.measuring.kept import Kept
from steering.measuring.matrix import ANSWERS, PAIRS, Refusals
from steering.measuring.matrix_runs import (
    FinishedRun,
    finished_run,
    matrix_code,
    require_weights,
    vector_hash,
)
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.measuring.run import Run, questions, rendered_prompts
from steering.models.catalogue import withheld
from steering.prompts.fitting import fitted
from steering.records.crossed import (
    CrossedAbout,
    crossed_file,
    empty_crossed,
    read_stored_crossed,
    write_crossed,
)
from steering.records.directions import CROSSED
from steering.source import code_hash, value_hash
from steering.steerability import few_multipliers, slopes
from steering.storage import locked

if TYPE_CHECKING:
    from steering.models.model import Model

_HELD = "crossed vectors are being tried in {} already: wait for it."


@dataclass(frozen=True)
class BothForms:
    """The finished runs of one concept on one model: with letters, and in free text."""

    concept: Concept
    chosen: FinishedRun
    said: FinishedRun

    @property
    def about(self) -> CrossedAbout:
        """Return what the table of this concept is measured from."""
        of_runs = [
            [run.card["plan_hash"], run.card["model"], vector_hash(run, other.layer)]
            for run, other in ((self.chosen, self.said), (self.said, self.chosen))
        ]
        code = [matrix_code(), code_hash(("measuring/crossed", "measuring/run"))]
        hashes = (self.chosen.card["plan_hash"], self.said.card["plan_hash"])
        return CrossedAbout(value_hash([*code, of_runs]), hashes)


def measure_crossed(
    model: str,
    runs: Mapping[str, tuple[Concept, Path, Path]],
    access: Access | None = None,
) -> dict[Path, str]:
    """Measure what is missing of crossed vectors; return a sentence for each run that is refused.

    `runs` holds, by concept, the concept itself and its run folders: with letters, and of the form
    `said`, beside which the tables are written. The model is loaded once, and not at all where
    nothing is missing. Raises Refused where another process is at it.
    """
    refused = Refusals()
    folders = {crossed_file(said).parent for _, _, said in runs.values()}
    for folder in folders:
        with locked(folder, _HELD.format(repr(str(folder)))):
            own = {name: one for name, one in runs.items() if crossed_file(one[2]).parent == folder}
            _complete(model, own, access or Access(), refused)
    return refused.sentences


def _complete(
    name: str,
    runs: Mapping[str, tuple[Concept, Path, Path]],
    access: Access,
    refused: Refusals,
) -> None:
    missing = []
    for concept, chosen, said in runs.values():
        both = refused.tried(said, partial(_both, concept, chosen, said))
        if both is not None and _stored(said) != both.about:
            missing.append(both)
    for dtype in dict.fromkeys(both.said.card["plan"]["dtype"] for both in missing):
        of_dtype = [both for both in missing if both.said.card["plan"]["dtype"] == dtype]
        folder = crossed_file(of_dtype[0].said.folder).parent / ANSWERS
        try:
            model = access.load(name, Plan(dtype=dtype), folder)
        except Refused as error:
            if error.passing:
                raise
            refused.sentences.update({both.said.folder: str(error) for both in of_dtype})
            continue
        for both in of_dtype:
            refused.tried(both.said.folder, partial(_measure, model, both))
        shutil.rmtree(folder, ignore_errors=True)
    for said, sentence in refused.sentences.items():
        write_crossed(empty_crossed(), CrossedAbout(refused=sentence), said)


def _stored(said: Path) -> CrossedAbout | None:
    try:
        return read_stored_crossed(said)[1]
    except Refused:
        return None


def _both(concept: Concept, chosen: Path, said: Path) -> BothForms:
    both = BothForms(concept, finished_run(chosen), finished_run(said))
    # Vectors of other weights, or added otherwise, cannot be compared.
    alike = [
        (run.added[0], *run.added[2:], run.card["plan"]["dtype"])
        for run in (both.chosen, both.said)
    ]
    if alike[0] != alike[1] or "given" in both.chosen.card:
        raise Refused(
            f"the runs {str(chosen)!r} and {str(said)!r} are of other weights or precision, or "
            "their vectors are made or added differently: none was tried on the other's questions."
        )
    return both


def _measure(model: Model, both: BothForms) -> None:
    tables = [
        _slopes(model, both.concept, asked, read)
        for asked, read in ((both.chosen, both.said), (both.said, both.chosen))
    ]
    table = pd.concat(tables, ignore_index=True)
    write_crossed(table, both.about, both.said.folder)


def _slopes(model: Model, concept: Concept, asked: FinishedRun, read: FinishedRun) -> pd.DataFrame:
    """Return the slopes of one form's test questions under the vector read in the other form."""
    import torch  # noqa: PLC0415 - slow to import, and not needed where nothing is missing

    from steering.forward.apart import swept_apart  # noqa: PLC0415
    from steering.forward.copies import Curves, Intervention  # noqa: PLC0415
    from steering.forward.sweep import sweep_table  # noqa: PLC0415
    from steering.vectors.arithmetic import rescaled  # noqa: PLC0415

    require_weights(asked, model.revision)
    plan = _plan(asked.card["plan"])
    concept = unseen(concept, withheld(model.folder).get(concept.name))
    run = Run(model, concept, plan, Kept(asked.folder, {}))
    own, other = (torch.from_numpy(one.vector(asked.layer)) for one in (asked, read))
    origin = read.origin(asked.layer)
    tried = [
        Intervention(
            "BASE",
            CROSSED,
            asked.layer,
            rescaled(other, own),
            operator=plan.operator,
            maker=plan.maker,
            origin=None if origin is None else torch.from_numpy(origin),
        )
    ]
    multipliers, score = few_multipliers(plan.multipliers, PAIRS), plan.fitted_score
    tables = []
    for prompts in _tested(run, asked.card["settings"]).values():
        curves = [Curves(tried, multipliers, (score,))]
        (values,), _ = swept_apart(model, prompts, curves)
        tables.append(sweep_table(values, model.name, prompts, tried, multipliers))
    columns = [*empty_crossed().columns]
    return slopes(pd.concat(tables, ignore_index=True))[columns]


def _tested(run: Run, settings: list[str]) -> dict[str, Any]:
    """Return by setting the prompts of the test questions that fit the model's context."""
    some = questions(run.concept, run.plan, "test", run.model)
    prompts = {
        setting: asked_prompts(
            rendered_prompts(run.model, run.concept, some, setting, run.plan.form),
            run.plan.asking,
            run.model.tokenizer,
        )
        for setting in settings
    }
    return fitted(prompts, run.model.context).prompts


def _plan(kept: dict[str, Any]) -> Plan:
    names = {field.name for field in fields(Plan)}
    return Plan(**{name: value for name, value in kept.items() if name in names})
