"""`measure`: measures what a run folder still lacks, and returns at once if it lacks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from steering.concepts import Concept
from steering.errors import Refused
from steering.measuring.job import Job, job_of, require_same_plan
from steering.measuring.plan import Plan, plan_of_service
from steering.measuring.real_models import committed_at
from steering.measuring.stand_ins import stand_in
from steering.records.results import Results, read_results
from steering.remote.deferred import all_or_pending
from steering.remote.terms import Terms, terms_of
from steering.storage import locked

if TYPE_CHECKING:
    from steering.measuring.price import Price
    from steering.measuring.steps import Begun
    from steering.models.model import Model

    Announce = Callable[[Price], None]
    AnnounceAll = Callable[[dict[Path, Price]], None]

T = TypeVar("T")

_HELD = "another measurement is running in {}: wait for it, or name another folder."


def measure(
    model: str,
    concept: str | Path | Concept,
    plan: Plan | None = None,
    out: Path | str = "run",
    *,
    fresh: bool = False,
    device: str | None = None,
    data_dir: Path | str | None = None,
    trust_remote_code: bool = False,
    committed: bool = False,
    remote: bool | str | Terms = False,
    announce: Announce | None = None,
    vector: Path | str | None = None,
    vector_layer: int | None = None,
) -> Results:
    """Return the tables of one concept on one model, measuring what is not in `out` yet.

    An interrupted measurement goes on where it stopped. If nothing is missing, neither a model nor
    PyTorch is loaded.

    Args:
        model: an embedded name, a local folder, or a Hugging Face id with optional @revision.
        concept: a concept, its name, or the path of its folder or file.
        plan: what to measure; the defaults are those of the report.
        out: the run folder. One that holds another plan's results is refused.
        fresh: replace what another plan, or other code, has measured, instead of refusing.
        device: where to compute; a GPU where there is one, else the CPU; "auto" spreads the model
            over all GPUs.
        data_dir: a folder of public data sets by name.
        trust_remote_code: run code that the model brings with it.
        committed: return the committed run that `out` is, or that stands in for a public data set
            which is not at hand, if there is one; its card says so, and `out` is left alone.
        remote: run the model's passes on NDIF (True), or on the service of this address; nothing
            but code and token ids is sent, and no weights are loaded here.
        announce: is told the price of what is missing, before it is measured on this machine.
        vector: a file that holds a vector, which is measured as it is instead of one made here.
        vector_layer: its layer, a decoder block counted from 0; None takes the file's own.

    Raises Refused, with nothing written, for whatever is wrong with these, and Interrupted, with
    all kept that was measured, where a service gives no answer.
    """
    own = vector is not None or (plan is not None and bool(plan.vector))
    if committed and not own and not isinstance(concept, Concept):
        folder = committed_at(out) or stand_in(model, concept, data_dir)
        if folder is not None:
            return read_results([folder])
    access = Access(device, trust_remote_code, terms_of(remote))
    plan = plan or Plan()
    if vector is not None or vector_layer is not None:
        plan = replace(plan, vector=str(vector or ""), vector_layer=vector_layer)
    if access.terms is not None:
        plan = plan_of_service(model, plan, device)
    job = job_of(model, concept, plan, out, data_dir)
    if not fresh:
        require_same_plan(job)
    if not job.complete:
        run_jobs([job], access, fresh=fresh, announce=announce and _of_one(announce))
    return read_results([job.folder])


@dataclass(frozen=True)
class Access:
    """Where a model runs: on a device of this machine, or on a service; and if its code may run.

    Attributes:
        device: a device, "auto" for all GPUs, or None for a GPU or the CPU.
        trust_remote_code: whether code that the model brings with it may run.
        terms: the service that runs it; None runs it on this machine.
        answers: the folder that keeps what the service answers, for several measurements together;
            None leaves it to each of them.
    """

    device: str | None = None
    trust_remote_code: bool = False
    terms: Terms | None = None
    answers: Path | None = None

    def load(self, model: str, plan: Plan, folder: Path) -> Model:
        """Return the model, loaded here or run by a service; requests are kept in `folder`."""
        if self.terms is None:
            from steering.models.loading import load_model  # noqa: PLC0415 - imports PyTorch

            trusted = self.trust_remote_code
            return load_model(
                model, device=self.device, dtype=plan.dtype, trust_remote_code=trusted
            )
        from steering.remote.served import served  # noqa: PLC0415 - imports PyTorch

        kept = self.answers or folder
        return served(model, self.terms, kept, trust_remote_code=self.trust_remote_code)


def run_jobs(
    jobs: Sequence[Job], access: Access, *, fresh: bool = True, announce: AnnounceAll | None = None
) -> dict[Path, Refused]:
    """Measure several concepts on one model, which is loaded once: all vectors, then all sweeps.

    `announce` is told the prices of what is missing, by folder, unless a service measures it.

    The folders are held meanwhile, and a job whose folder another process holds is refused. Unless
    `fresh`, so is one whose folder holds another plan's results. With several jobs, the refusals
    are returned by folder; with one job, its refusal is raised. Raises Pending, once all requests
    are sent, where a service has not answered them yet, and Interrupted at once where it gives no
    answer: it would give none to the others.
    """
    refused: dict[Path, Refused] = {}

    def tried(job: Job, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except Refused as error:
            if len(jobs) == 1 or error.passing:
                raise
            refused[job.folder] = error
            return None

    def hold(job: Job) -> Job:
        held.enter_context(locked(job.folder, _HELD.format(repr(str(job.folder)))))
        if not fresh:
            require_same_plan(job)
        return job

    with ExitStack() as held:
        free = [job for job in jobs if tried(job, partial(hold, job))]
        if free:
            _measure_all(free, access, tried, fresh=fresh, announce=announce)
    return refused


def _of_one(announce: Announce) -> AnnounceAll:
    return lambda prices: announce(*prices.values())


def _measure_all(
    jobs: Sequence[Job],
    access: Access,
    tried: Callable[..., Any],
    *,
    fresh: bool,
    announce: AnnounceAll | None,
) -> None:
    from steering.measuring.prices import Prepared, prepared  # noqa: PLC0415 - imports PyTorch
    from steering.measuring.steps import begin, finish  # noqa: PLC0415 - the same

    first = jobs[0]
    model = access.load(first.model, first.plan, first.folder / "parts")
    found = prepared(model, jobs) if announce is not None and model.remote is None else {}
    ready = {at: one for at, one in found.items() if isinstance(one, Prepared)}
    if announce is not None and ready:
        announce({folder: one.price for folder, one in ready.items()})
    rendered = {folder: one.rendered for folder, one in ready.items()}

    def make(job: Job) -> Begun:
        return begin(model, job, fresh=fresh, rendered=rendered.get(job.folder))

    steps = [partial(tried, job, partial(make, job)) for job in jobs]
    begun = all_or_pending(*steps)
    rest = [(job, part) for job, part in zip(jobs, begun, strict=True) if part is not None]
    all_or_pending(*[partial(tried, job, partial(finish, model, job, part)) for job, part in rest])
