"""What a report would measure, and what that takes here: nothing is written, and nothing measured.

A model is loaded once, and only where something is missing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steering.errors import Refused
from steering.measuring.affordable import duration
from steering.measuring.job import Job
from steering.measuring.kept import CARD_FILE, identity_in
from steering.measuring.matrix import PAIRS
from steering.measuring.matrix_runs import finished_run, prompts_of
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.measuring.told import LAYERED, OTHERS, WAYS, told_together
from steering.measuring.ways import Usual, jobs_of_ways, price_of_ways
from steering.records.results import FOLDERS
from steering.records.run_card import read_card
from steering.records.side_effects import FILE as SIDE_EFFECTS
from steering.report.grid import Grid
from steering.report.jobs.measure import jobs_of, named
from steering.report.on_service import told_beforehand

if TYPE_CHECKING:
    from steering.measuring.price import Price
    from steering.models.model import Model
    from steering.prompts.rendering import Prompt


@dataclass
class Foreseen:
    """What a report would measure of one model.

    Attributes:
        there: the concepts of which nothing is missing, committed runs among them.
        whole: the concepts of which nothing is there yet.
        prices: by concept, what is missing takes, or why it is refused; and that of trying the
            vectors of all other concepts, where any is missing.
    """

    there: list[str]
    whole: list[str]
    prices: dict[str, Price | Refused] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return how long all of it takes."""
        return sum(one.seconds for one in self.prices.values() if not isinstance(one, Refused))


def foreseen(grid: Grid, model: str) -> Foreseen:
    """Return what a report would measure of a model."""
    missing, refused = _jobs(grid, model)
    runs = {
        named(concept, form): grid.run(model, concept, form)
        for concept in grid.concepts_of(model)
        for form in grid.forms_of(model, concept)
        if named(concept, form) not in refused
    }
    found = Foreseen(
        there=[name for name in runs if name not in missing],
        whole=[name for name, job in missing.items() if identity_in(job.folder) is None],
        prices={**refused},
    )
    untried, further = _untried(grid, model, runs, missing), _further(grid, model, missing)
    if missing or untried or further:
        try:
            dtype = next((job.plan.dtype for job in missing.values()), None)
            plan = Plan(dtype=dtype or grid.options.get("dtype", Plan.dtype))
            loaded = Access(**grid.here).load(grid.models[model]["reference"], plan, grid.out)
        except Refused as error:
            found.prices.update(dict.fromkeys(missing, error))
        else:
            questions = _price(loaded, missing, runs, untried, found)
            if further:
                found.prices |= _prices_of_further(loaded, grid, model, further, questions)
    return found


def foretold(config: dict[str, Any]) -> str:
    """Return what a report would measure of each model, and the total, in words.

    Of models that a service runs it is not known how long that takes, and nothing is asked of it.
    """
    grid = Grid.of(config)
    lines, total = told_beforehand(grid), 0.0
    for model in grid.models:
        if grid.service_of(model):
            continue
        found = foreseen(grid, model)
        total += found.seconds
        if found.prices:
            lines.append(told_together(model, found.prices, found.whole))
        if found.there:
            names = ", ".join(found.there) if found.prices else "any concept"
            lines.append(f"{model}: nothing is missing of {names}.")
    lines.append(f"In all about {duration(total)} of measuring here; then the pages are made.")
    return "\n".join(lines)


def _jobs(grid: Grid, model: str) -> tuple[dict[str, Job], dict[str, Refused]]:
    jobs: dict[str, Job] = {}
    refused: dict[str, Refused] = {}
    for batch in range(len(grid.batches(model))):
        some, sentences = jobs_of(grid, model, batch)
        jobs |= some
        refused |= sentences
    return jobs, refused


def _untried(
    grid: Grid, model: str, runs: dict[str, Path], missing: dict[str, Job]
) -> dict[str, int]:
    """Return how many vectors of other concepts are to be tried on each run's questions."""
    from steering.measuring.matrix_price import untried  # noqa: PLC0415 - imports PyTorch

    counts = {}
    for form in FOLDERS:
        called = {concept: named(concept, form) for concept in grid.concepts_of(model)}
        there = {
            concept: None if name in missing else runs[name]
            for concept, name in called.items()
            if name in runs
        }
        for concept in filter(there.__contains__, grid.compared(model, form)):
            name = called[concept]
            others = {other: run for other, run in there.items() if other != concept}
            counts[name] = len(others) if name in missing else untried(runs[name], others)
    return {name: count for name, count in counts.items() if count}


def _price(
    model: Model,
    missing: dict[str, Job],
    runs: dict[str, Path],
    untried: dict[str, int],
    found: Foreseen,
) -> dict[str, list[Prompt]]:
    """Add the prices of the jobs, and of trying so many vectors on the questions of concepts.

    Returns these questions, by concept.
    """
    from steering.measuring.matrix_price import Asking, price_of_others  # noqa: PLC0415 - PyTorch
    from steering.measuring.prices import prepared  # noqa: PLC0415 - the same

    prices = prepared(model, list(missing.values()))
    questions = {}
    for concept, job in missing.items():
        one = prices[job.folder]
        found.prices[concept] = one if isinstance(one, Refused) else one.price
        if not isinstance(one, Refused):
            questions[concept] = one.rendered.prompts["test", "BASE"]
    for concept in {*untried} - {*missing}:
        questions[concept] = prompts_of(finished_run(runs[concept]))
    asked = [
        Asking(prompts, untried[concept])
        for concept, prompts in questions.items()
        if concept in untried and prompts
    ]
    if asked:
        found.prices[OTHERS] = price_of_others(model, asked, 2 * PAIRS)
    return questions


def _further(grid: Grid, model: str, missing: dict[str, Job]) -> list[str]:
    """Return the concepts of which something is missing that only a full report measures."""
    there = (grid.further(model) / SIDE_EFFECTS).is_file()
    return [name for name in grid.further_of(model) if name in missing or not there]


def _prices_of_further(
    loaded: Model, grid: Grid, model: str, further: list[str], questions: dict[str, list[Prompt]]
) -> dict[str, Price | Refused]:
    """Return the prices of what only a full report measures, of some concepts.

    The layer of a concept that is not measured yet is not known: one in the middle stands for it.
    """
    from steering.measuring.side_effects import (  # noqa: PLC0415 - imports PyTorch
        GROUPS,
        first_questions,
        price_of_layers,
    )

    batches, asked = [], []
    for name in further:
        run, options = grid.run(model, name), grid.options_of(model, name)
        known = (run / CARD_FILE).is_file()
        layer = int(read_card(run)["layer"]) if known else loaded.depth // 2
        usual = Usual(grid.concepts[name]["reference"], run, options)
        reference, out = grid.models[model]["reference"], grid.further(model) / "ways"
        batches.append(jobs_of_ways(reference, usual, out, layer))
        some = first_questions(finished_run(run)) if known else questions.get(name, [])
        asked += [some[: 2 * GROUPS]] if some else []
    prices: dict[str, Price | Refused] = {WAYS: price_of_ways(loaded, batches)}
    return prices | ({LAYERED: price_of_layers(loaded, asked, len(further))} if asked else {})
