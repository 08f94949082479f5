"""The prices of several measurements on one model, which is loaded and timed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steering.errors import Refused
from steering.forward.routes import route_of
from steering.measuring.job import Job
from steering.measuring.kept import Kept
from steering.measuring.price import Price, Speed, price_of, speed_of
from steering.measuring.run import RenderedPrompts, Run, render_prompts
from steering.models.model import Model


@dataclass(frozen=True)
class Prepared:
    """A measurement whose prompts are rendered, and what it takes.

    Attributes:
        rendered: its prompts.
        price: the price of what is missing of it.
    """

    rendered: RenderedPrompts
    price: Price


def prepared(model: Model, jobs: Sequence[Job]) -> dict[Path, Prepared | Refused]:
    """Return each job's prompts and its price, or why it is refused, by the job's folder.

    The model is timed once, on the prompts of the first job that has any.
    """
    found: dict[Path, Prepared | Refused] = {}
    speed: Speed | None = None
    for job in jobs:
        kept = Kept(job.folder, job.identity["stages"])
        run = Run(model, job.concept, job.plan, kept, job.other_concept)
        try:
            rendered = render_prompts(run)
            # Of all prompts at once: each longer or shorter one would ask for another proof.
            route_of(model, [one.token_ids for one in rendered.all()])
            speed = speed or speed_of(model, rendered.prompts["test", "BASE"])
            found[job.folder] = Prepared(rendered, price_of(run, rendered, speed))
        except Refused as error:
            found[job.folder] = error
    return found
