"""What older committed runs lack: how strongly their vectors may be applied, and how many pairs do.

`python -m experiments.strength_of_runs MODEL` takes the concepts named behind the model's name, or
those with a page of their own, and with `said` before them what the model says of them. A run that
was measured before strength was is left as it is. Its model, layer, training items and questions
are known, so that the missing stages are measured by the code of today and put beside what is
there, and the card says by which code they were. It is held to the run first: the prompts, the
vector and the slopes that come of it must be those that are committed. It is kept stage by stage,
so that a second call goes on where the first one stopped.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from steering.clone import book_folder, measured_folder
from steering.errors import Refused
from steering.measuring import interventions
from steering.measuring.identity import measuring_code
from steering.measuring.job import Job, job_of
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.measuring.real_models import WITH_PAGES
from steering.measuring.run import Run, render_prompts, rendering
from steering.measuring.stages import contrasts
from steering.measuring.stand_ins import single
from steering.measuring.strength import (
    card_of_strength,
    measured_strength,
    operating_rows,
    operating_tasks,
)
from steering.measuring.sweeps import SweepTask, sweeps
from steering.models.loading import load_model
from steering.models.model import Model
from steering.prompts import said
from steering.records.directions import CONTRASTIVE, SUBSET
from steering.records.reading import read
from steering.records.results import FOLDERS
from steering.records.run_card import RunCard, read_card
from steering.records.strength import write_strength
from steering.records.tables import TODAY, write
from steering.steerability import slopes
from steering.storage import write_json
from steering.vectors.files import load_vectors
from steering.vectors.makers import MAKERS

# How far the vector and the slopes of today may be from those of the committed run: the vector as a
# share of its norm, the slope of a question and the mean of all by logits per unit of λ. A GPU adds
# in another order than a CPU, and a vector is a small difference between long sums.
VECTOR_APART, SLOPE_APART, MEAN_APART = 1e-4, 1e-4, 1e-5
OWN, TRIED = "BASE/shifts", f"BASE/{SUBSET}"
# The fields of the committed run's plan that say which items and vectors there are.
_SAME = (
    *(
        "form",
        "settings",
        "multipliers",
        "test_groups",
        "per_group",
        "train_groups",
        "validation_groups",
    ),
    *("random_vectors", "resampled_vectors", "shuffled_vectors", "seed", "dtype"),
)


@dataclass(frozen=True)
class Missing:
    """What was measured for a committed run.

    Attributes:
        costs, wide: the tables of `steering.records.strength`.
        subsets: the rows of `steerability` under vectors of some of the training groups.
        card: what the card says besides of the operating point.
        about: where, when and by which code all this was measured.
        apart: the largest difference between a slope of today and the committed one.
    """

    costs: pd.DataFrame
    wide: pd.DataFrame
    subsets: pd.DataFrame
    card: dict[str, Any]
    about: dict[str, Any]
    apart: float


def plan_of(card: RunCard) -> Plan:
    """Return the plan of what a committed run lacks: at its layer, of the same items."""
    same = {name: card["plan"][name] for name in _SAME if name in card["plan"]}
    few = {"layers": (card["layer"],), "replies": 0, "sampled_replies": 0}
    return Plan(**same, **few, resampled_shift_vectors=0)


def measure_missing(model: Model, committed: Path, folder: Path) -> Missing:
    """Return what a committed run lacks, measured into a folder unless it is kept there.

    Raises Refused where the prompts, the vector or the slopes are others than the committed ones.
    """
    card = read_card(committed)
    job = job_of(model.name, card["concept"]["name"], plan_of(card), folder)
    kept = Kept(folder, job.identity["stages"])
    run = Run(model, job.concept, job.plan, kept)
    rendered, layer = render_prompts(run), card["layer"]
    if rendering(run, ("BASE",))["BASE"] != card["rendered"]["BASE"]:
        raise Refused(f"the prompts of {str(committed)!r} are rendered differently now.")
    kept.discard_stale()
    kept.settle(layer)
    # The personas of the other settings have a cost; their vectors are not needed.
    base = contrasts(run, replace(rendered, settings=("BASE",)))["BASE"]
    _require_same_vector(committed, MAKERS[job.plan.maker].make(base)[layer].numpy(), layer)
    strength = measured_strength(run, rendered, base, layer)
    own = interventions.contrastive(base, [layer], job.plan)
    tried = interventions.controls(base, layer, job.plan)[SUBSET]
    controls = job.plan.control_scores
    tasks = [
        SweepTask(OWN, "BASE", own, scores=controls),
        SweepTask(TRIED, "BASE", tried, job.plan.multipliers_of(SUBSET), controls),
    ]
    at_its_best = operating_tasks(run, strength, base, layer)
    swept = sweeps(run, [*tasks, *at_its_best], {"BASE": rendered.prompts["test", "BASE"]})
    found = slopes(swept[0])
    if strength is None:
        raise Refused(f"the vector of {str(committed)!r} has no dose.")
    rows = pd.concat([strength.wide, operating_rows(run, strength, at_its_best)], ignore_index=True)
    return Missing(
        strength.costs,
        rows,
        found[found["direction"] == SUBSET].reset_index(drop=True),
        card_of_strength(strength),
        _about(job),
        _apart(committed, found[found["direction"] == CONTRASTIVE]),
    )


def put_beside(missing: Missing, committed: Path) -> None:
    """Write what was measured beside what a committed run has, which stays as it is."""
    table = read(committed, "steerability")
    # As texts: the new rows have words that the old ones had not.
    table = table.astype(dict.fromkeys(table.select_dtypes("category").columns, "str"))
    former = table[table["direction"] != SUBSET]
    rows = missing.subsets.assign(standard_error=np.nan, r_squared=np.nan)
    rows = rows.reindex(columns=table.columns)
    both = pd.concat([former, single(rows).astype(table.dtypes)], ignore_index=True)
    write(both, committed, "steerability")
    for name in ("costs", "wide"):
        found: pd.DataFrame = getattr(missing, name)
        # Rows are told apart by λ, which the card names as well: it stays as it is.
        exact = single(found).assign(multiplier=found["multiplier"])
        write_strength(exact, committed, name)
    card: dict[str, Any] = {**read_card(committed), **missing.card}
    card["committed"] = card["committed"] | {"later": missing.about}
    card["control_multipliers"] = card["control_multipliers"] | missing.about["control_multipliers"]
    write_json(card, committed / "card.json")


def _require_same_vector(committed: Path, vector: np.ndarray, layer: int) -> None:
    tensors, _ = load_vectors(committed / "vector.safetensors")
    before = tensors[f"BASE/{layer}"].double().numpy()
    apart = float(np.linalg.norm(vector.astype(np.float64) - before))
    if not apart <= VECTOR_APART * np.linalg.norm(before):
        raise Refused(f"the vector of {str(committed)!r} is another one now, by {apart:.2g}.")


def _apart(committed: Path, own: pd.DataFrame) -> float:
    """Return how far slopes are from the committed ones. Raises Refused where that is too far."""
    before = read(committed, "steerability")
    asked = ["item", "partner", "order", "request"]
    base = before["vector_setting"].eq("BASE") & before["prompt_setting"].eq("BASE")
    at_layer = before["layer"].eq(int(own["layer"].iloc[0]))
    same = before[base & at_layer & before["direction"].eq(CONTRASTIVE)]
    # Validation items are in the committed table as well.
    both = same.merge(own, on=asked, suffixes=("", "_today"), how="right")
    apart = both["steerability"] - both["steerability_today"]
    most = float(apart.abs().max(skipna=False))
    if not (most <= SLOPE_APART and abs(apart.mean()) <= MEAN_APART):
        raise Refused(f"the slopes of {str(committed)!r} are others now, by up to {most:.2g}.")
    return most


def _about(job: Job) -> dict[str, Any]:
    """Return what the card says of what was measured later: which stages, when, by which code."""
    stages = job.identity["stages"]
    made = ("costs", "sweep/wide/", "sweep/operating/", f"sweep/{TRIED}/")
    return {
        "stages": {name: one for name, one in stages.items() if name.startswith(made)},
        "control_multipliers": {SUBSET: list(job.plan.multipliers_of(SUBSET))},
        "plan": job.identity["plan"],
        "code": measuring_code(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
        },
        "versions": {name: version(name) for name in ("torch", "transformers", "nnsight")},
    }


def main(name: str, form: str, names: Sequence[str]) -> None:
    """Measure what the named concepts' committed runs of a model lack, and put it beside them."""
    kept = measured_folder() / FOLDERS[form] / name
    model = load_model(name)
    for concept in names:
        committed, folder = kept / concept, book_folder() / "_build" / "later" / form / name
        if "operating" in read_card(committed):
            continue
        try:
            missing = measure_missing(model, committed, folder / concept)
        except Refused as refused:
            print(f"{concept}: {refused}", flush=True)
            continue
        put_beside(missing, committed)
        print(f"{concept}: slopes are within {missing.apart:.2g}", flush=True)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    model, *rest = sys.argv[1:]
    form = said.NAME if rest[:1] == [said.NAME] else TODAY["form"]
    concepts = rest[1:] if form == said.NAME else rest
    shown = (
        WITH_PAGES
        if form != said.NAME
        else sorted(
            file.parent.name
            for file in (measured_folder() / FOLDERS[form] / model).glob("*/card.json")
        )
    )
    main(model, form, concepts or shown)
