"""Ways: every operator and every maker of directions, in place of adding the mean difference.

Each way of a concept is a run of its own, at the layer that the concept's usual run has chosen and
on the same items. What is read of it is the operating point, so that little else is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steering.errors import Refused
from steering.measuring.job import Job, job_of
from steering.measuring.measure import Access, run_jobs
from steering.measuring.plan import Plan
from steering.records.directions import GIVEN
from steering.records.run_card import read_card
from steering.records.tables import SETTINGS, TODAY
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS

if TYPE_CHECKING:
    from steering.measuring.price import Price
    from steering.models.model import Model

    Announce = Callable[[Price], None]

# An operator and a maker.
Way = tuple[str, str]
USUAL: Way = (TODAY["operator"], TODAY["maker"])
# Of a way only the test items at the operating point need to be exact.
SIZES: dict[str, Any] = {
    "multipliers": (-1.0, 0.0, 1.0), "map_items": 1, "replies": 0, "random_vectors": 20,
    "shuffled_vectors": 20, "resampled_vectors": 20, "resampled_shift_vectors": 0,
    "perturbed_vectors": 0, "subset_vectors": 0, "own_norm": False, "other_concept": "",
}  # fmt: skip


@dataclass(frozen=True)
class Usual:
    """The run of a concept by the usual way, beside which the other ways are measured.

    Attributes:
        concept: the name of the concept, or the path of its folder or file.
        run: the run's folder.
        options: the options of its plan.
    """

    concept: str
    run: Path
    options: Mapping[str, Any]


@dataclass(frozen=True)
class _Loaded(Access):
    """A model that is loaded once for all batches of jobs; each request of a service is its own."""

    held: dict[str, Model] = field(default_factory=dict)

    def load(self, model: str, plan: Plan, folder: Path) -> Model:
        if self.terms is not None:
            return super().load(model, plan, folder)
        if plan.dtype not in self.held:
            self.held[plan.dtype] = super().load(model, plan, folder)
        return self.held[plan.dtype]


def other_ways() -> list[Way]:
    """Return the operator and the maker of each way but the usual one: one of the two is usual."""
    operators = [(name, USUAL[1]) for name in OPERATORS if name != USUAL[0]]
    makers = [(USUAL[0], name) for name in MAKERS if name not in (USUAL[1], GIVEN)]
    return [*operators, *makers]


def folder_of(out: Path, way: Way, concept: str) -> Path:
    """Return the run folder of a concept by one way."""
    return out / "-".join(way) / concept


def plan_of(way: Way, options: Mapping[str, Any], layer: int) -> Plan:
    """Return the plan of a way, on the items that the options of the usual plan name.

    A maker that takes the vectors of all prompt settings needs all those of the usual plan.
    """
    operator, maker = way
    every = options.get("settings", SETTINGS)
    settings = every if MAKERS[maker].of_settings else ("BASE",)
    own = {"settings": settings, "operator": operator, "maker": maker, "layers": (layer,)}
    few = {name: min(size, options.get(name, size)) for name, size in SIZES.items()
           if name.endswith("_vectors")}  # fmt: skip
    return Plan(**{**options, **SIZES, **few, **own})


def jobs_of_ways(model: str, usual: Usual, out: Path, layer: int) -> list[Job]:
    """Return the jobs of a concept's ways that are not complete, one for each way."""
    jobs = [
        job_of(
            model,
            usual.concept,
            plan_of(way, usual.options, layer),
            folder_of(out, way, usual.run.name),
        )
        for way in other_ways()
    ]
    return [job for job in jobs if not job.complete]


def measure_ways(
    model: str,
    concepts: list[Usual],
    out: Path,
    access: Access | None = None,
    *,
    announce: Announce | None = None,
) -> dict[Path, str]:
    """Measure every way of some concepts on a model; return the sentence for each folder refused.

    Args:
        model: the name of the model, or its folder.
        concepts: the runs by the usual way, which have to be complete.
        out: the folder for the runs, see `folder_of`.
        access: where the model runs.
        announce: is told the price of what is missing, before it is measured on this machine.

    What is there is not measured again. The model is loaded once, and not at all where nothing is
    missing; the ways of one concept are measured together. Raises Interrupted where a service gives
    no answer for now.
    """
    refused: dict[Path, str] = {}
    loaded = _Loaded(**vars(access or Access()))
    batches: dict[Path, list[Job]] = {}
    for usual in concepts:
        try:
            layer = int(read_card(usual.run)["layer"])
            batches[usual.run] = jobs_of_ways(model, usual, out, layer)
        except Refused as error:
            refused[usual.run] = str(error)
    missing = [jobs for jobs in batches.values() if jobs]
    try:
        if missing and announce is not None and loaded.terms is None:
            first = missing[0][0]
            announce(price_of_ways(loaded.load(model, first.plan, first.folder), missing))
        for jobs in missing:
            refused |= _measured(jobs, loaded)
    except Refused as error:  # the model itself
        if error.passing:
            raise
        refused |= {job.folder: str(error) for jobs in missing for job in jobs}
    return refused


def _measured(jobs: list[Job], access: Access) -> dict[Path, str]:
    """Measure the ways of one concept; return the sentence for each that was refused."""
    if len(jobs) > 1:
        return {folder: str(error) for folder, error in run_jobs(jobs, access).items()}
    try:
        run_jobs(jobs, access)
    except Refused as error:
        if error.passing:
            raise
        return {jobs[0].folder: str(error)}
    return {}


def price_of_ways(model: Model, batches: list[list[Job]]) -> Price:
    """Return the price of the ways of some concepts, each a list of jobs.

    A job that is refused costs nothing; it is refused again when it is measured.
    """
    from steering.forward.operations import Work  # noqa: PLC0415 - these import PyTorch
    from steering.measuring.parts import Part  # noqa: PLC0415
    from steering.measuring.price import Price, Speed, memory_of  # noqa: PLC0415

    total, speed = Work(), Speed(0.0, 1.0)
    for price in _prices(model, batches):
        total = sum((part.work for part in price.parts), total)
        speed = price.speed
    count, concepts = max(map(len, batches), default=0), sum(map(bool, batches))
    part = Part(f"up to {count} other ways for {concepts} concepts", total)
    return Price((part,), speed, memory_of(model, total))


def _prices(model: Model, batches: list[list[Job]]) -> Iterator[Price]:
    """Yield the price of each job, one concept's after another's: its prompts are not kept."""
    from steering.measuring.prices import Prepared, prepared  # noqa: PLC0415 - imports PyTorch

    for jobs in batches:
        for one in prepared(model, jobs).values():
            if isinstance(one, Prepared):
                yield one.price
