"""A job: one concept to be measured on one model by a plan, and the folder for its results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steering.concepts import Concept, load_concept, unseen
from steering.errors import Refused
from steering.measuring.identity import identity, revision_of
from steering.measuring.kept import contradicted, differences, identity_in, is_complete
from steering.measuring.plan import Plan, another_concept
from steering.models.catalogue import model_folder, withheld


@dataclass(frozen=True)
class Job:
    """One concept to be measured on one model, and the folder for the results."""

    model: str
    concept: Concept
    other_concept: Concept | None
    plan: Plan
    folder: Path
    identity: dict[str, Any]

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
    if plan.vector:
        from steering.measuring.given import pinned  # noqa: PLC0415 - imports PyTorch

        plan = pinned(plan)
    wanted = identity(model, concept, plan, revision_of(model), other)
    return Job(model, concept, other, plan, Path(out), wanted)


def require_same_plan(job: Job) -> None:
    """Raise Refused where a job's folder holds what another plan, or other code, has measured."""
    kept = identity_in(job.folder)
    if kept is not None and contradicted(kept, job.identity):
        raise Refused(
            f"{str(job.folder)!r} holds results of another plan (other "
            f"{', '.join(differences(kept, job.identity))}): name another folder, or replace "
            "them with --fresh."
        )
