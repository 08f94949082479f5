"""A report on a service: which of its models run there, and what is known and said beforehand.

The models that are named run on the service, the embedded ones beside them on this machine. Nothing
else differs: jobs, tables and pages are the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from steering.errors import Refused
from steering.measuring.plan import Plan, plan_of_service
from steering.measuring.told import OTHERS
from steering.models.catalogue import own_models
from steering.models.labels import labelled
from steering.remote.terms import Terms
from steering.report.jobs.measure import jobs_of
from steering.report.machine import KERNEL_MB
from steering.report.measurements import ON_SERVICE, TERMS

if TYPE_CHECKING:
    from steering.report.grid import Grid


def access_to(terms: Terms | None) -> dict[str, Any]:
    """Return what a configuration says of a service; nothing where all models run here."""
    return {} if terms is None else {TERMS: asdict(terms)}


def runs_there(reference: str, access: Mapping[str, Any]) -> bool:
    """Return whether a model of a report runs on the service: every one that is not embedded."""
    return TERMS in access and labelled(reference)[1] not in own_models()


def entry_there(reference: str, options: Mapping[str, Any], device: str | None) -> dict[str, Any]:
    """Return what a configuration says of a model that a service runs, besides its name.

    Here it takes no more than a process. Raises Refused for what a service cannot be asked.
    """
    plan = plan_of_service(reference, Plan(**options), device)
    given = {**options, "dtype": plan.dtype}
    return {ON_SERVICE: True, "mem_mb": KERNEL_MB, "large": False, "options": given}


def require_service(terms: Terms) -> None:
    """Raise Refused where a service cannot be asked: without a key, or if it does not answer.

    NDIF asks for a key. Another service, named by its address, need not.
    """
    from steering.remote.service import Service  # noqa: PLC0415 - imports PyTorch

    service = Service(terms)
    if not service.key and terms.host is None and "NDIF_HOST" not in os.environ:
        raise Refused(
            f"the service at {service.host} asks for a key: set yours as NDIF_API_KEY, or run "
            "`nnsight login` once; a service of your own is named by --host."
        )
    service.fits()


def asked_of(grid: Grid, model: str) -> tuple[list[str], dict[str, Refused]]:
    """Return what a report asks a service about a model, and what is refused without asking."""
    missing: list[str] = []
    refused: dict[str, Refused] = {}
    for batch in range(len(grid.batches(model))):
        jobs, sentences = jobs_of(grid, model, batch)
        missing += list(jobs)
        refused |= sentences
    return missing + [OTHERS] * grid.matrix_missing(model), refused


def asks_service(grid: Grid) -> bool:
    """Return whether a report lacks anything that a service is asked for."""
    return any(asked_of(grid, model)[0] for model in grid.models if grid.service_of(model))


def told_beforehand(grid: Grid) -> list[str]:
    """Return what a report will ask of a service, a line for each model, and what that means."""
    lines, asked = [], False
    for model in filter(grid.service_of, grid.models):
        missing, refused = asked_of(grid, model)
        asked = asked or bool(missing)
        named = ", ".join(missing) or "nothing is missing"
        lines.append(f"{model}, to be measured on the service: {named}.")
        lines += [f"  {name} is refused: {why}" for name, why in refused.items()]
    if asked:
        lines.append(
            "Code, token ids and vectors are sent, one request at a time; how long that takes is "
            "not known here. Answers are kept as they come: the same command goes on from them."
        )
    return lines
