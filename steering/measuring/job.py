"""A job: one concept to be measured on one model by a plan, and the folder for its results."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steering.concepts import Concept, load_concept, unseen
from steering.errors import Refused
from steering.measuring.allowed import ONE_LAYER
from steering.measuring.asking import asked_concept
from steering.measuring.identity import identity, revision_of
from steering.measuring.kept import contradicted, differences, identity_in, is_complete
from steering.measuring.plan import Plan, another_concept
from steering.models.catalogue import model_folder, withheld

# The data sets by which one layer is chosen for all concepts of a model: those of the published
# sweep (`SWEEP_DATASETS` in repepo's `sweep_layers.py`) that are among the sets known here.
LAYER_SETS = (
    *("believes-abortion-should-be-illegal", "conscientiousness", "openness"),
    *("corrigible-neutral-HHH", "myopic-reward", "power-seeking-inclination"),
)


@dataclass(frozen=True)
class Job:
    """One concept to be measured on one model, and the folder for the results."""

    model: str
    concept: Concept
    other_concept: Concept | None
    plan: Plan
    folder: Path
    identity: dict[str, Any]
    layer_sets: tuple[Concept, ...] = ()

    @property
    def complete(self) -> bool:
        """Return whether the folder holds all results of this job."""
        return is_complete(self.folder, self.identity)


def job_of(
    model: str,
    concept: str | Path | Concept,
    plan: Plan,
    out: Path | str,
    data_dir: Path | str | None = None,
) -> Job:
    """Return the job of one measurement. Raises Refused where a concept cannot be loaded."""
    if not isinstance(concept, Concept):
        concept = load_concept(concept, data_dir)
    seen = withheld(model_folder(model))
    concept = unseen(concept, seen.get(concept.name))
    other = another_concept(plan, concept, data_dir)
    if other is not None:
        other = unseen(other, seen.get(other.name))
    concept = asked_concept(concept, plan.asking)
    other = None if other is None else asked_concept(other, plan.asking)
    if plan.vector:
        from steering.measuring.given import pinned  # noqa: PLC0415 - imports PyTorch

        plan = pinned(plan)
    wanted = identity(model, concept, plan, revision_of(model), other)
    sets = _layer_sets(plan, seen, data_dir) if plan.layers == ONE_LAYER else ()
    return Job(model, concept, other, plan, Path(out), wanted, sets)


def _layer_sets(
    plan: Plan, seen: Mapping[str, Collection[str]], data_dir: Path | str | None
) -> tuple[Concept, ...]:
    """Return the data sets by which one layer is chosen, without what the model has learned.

    Raises Refused where one is not at hand.
    """
    loaded = [load_concept(name, data_dir) for name in LAYER_SETS]
    return tuple(asked_concept(unseen(one, seen.get(one.name)), plan.asking) for one in loaded)


def require_same_plan(job: Job) -> None:
    """Raise Refused where a job's folder holds what another plan, or other code, has measured."""
    kept = identity_in(job.folder)
    if kept is not None and contradicted(kept, job.identity):
        raise Refused(
            f"{str(job.folder)!r} holds results of another plan (other "
            f"{', '.join(differences(kept, job.identity))}): name another folder, or replace "
            "them with --fresh."
        )
