"""The grid of a report: all its pages, and what is measured for them.

There is a page for each model and concept, a few pages for each model, and a few across models.
Before the pages are made, the concepts of each model are measured in batches, and then each one's
questions are asked under the vectors of all others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from steering.records.matrix import matrix_file
from steering.report.pages import (
    ABOUT_PAGES,
    ACROSS_PAGES,
    FIRST_PAGE,
    MODEL_PAGES,
    OF_THE_FOLDER,
    OF_VERDICTS,
    Page,
    committed_results,
    concept_downloads,
    concept_page,
)
from steering.report.progress import EVENTS
from steering.source import files_hash, modules_used, value_hash

# What the job of verdicts imports: it is run again when any of it changes.
_VERDICTS = "from steering.report.jobs import verdict"


@dataclass(frozen=True)
class Grid:
    """What a report is about, as `report.configuration` describes it.

    `options` are those of `Plan`, `access` those of `Access`, which say where a model runs.
    """

    out: Path
    models: dict[str, dict[str, Any]]
    concepts: dict[str, dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)
    concepts_per_job: int | None = None
    access: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: dict[str, Any] | Path) -> Grid:
        """Return the grid of a configuration file, or of what Snakemake has read of it."""
        values = json.loads(config.read_text()) if isinstance(config, Path) else config
        names = ("models", "concepts", "options", "concepts_per_job", "access")
        return cls(Path(values["out"]), **{name: values[name] for name in names})

    @property
    def source(self) -> Path:
        """Return the folder that Jupyter Book builds from."""
        return self.out / "_build" / "source"

    @property
    def events(self) -> Path:
        """Return the file to which jobs write what they begin and end."""
        return self.out / "_build" / EVENTS

    def run(self, model: str, concept: str) -> Path:
        """Return the folder of one concept's results in a model, or of what stands in for them."""
        committed = self.concepts[concept].get("committed", {})
        if model in committed:
            return Path(committed[model])
        return self.out / "_build" / "runs" / model / concept

    def options_of(self, model: str, concept: str) -> dict[str, Any]:
        """Return the options of the plan of one concept on one model.

        A model may lack some of the report's, and a vector may be given for the concept.
        """
        options: dict[str, Any] = self.models[model].get("options", self.options)
        return {**options, **self.concepts[concept].get("vector", {})}

    def batches(self, model: str) -> list[list[str]]:
        """Return the concepts that are measured on a model, in the batches of its jobs."""
        names = [c for c in self.concepts if model not in self.concepts[c].get("committed", {})]
        size = self.concepts_per_job or max(1, len(names))
        return [names[start : start + size] for start in range(0, len(names), size)]

    def batch_of(self, model: str, concept: str) -> int | None:
        """Return the number of the job that measures a concept; None where a stand-in is shown."""
        each = enumerate(self.batches(model))
        return next((number for number, names in each if concept in names), None)

    def batch_version(self, model: str, batch: int) -> str:
        """Return what decides whether a batch is measured again: its runs, where the model runs.

        What was refused may go well on another device; what is measured already stays as it is.
        """
        runs = [self.identity(model, concept) for concept in self.batches(model)[batch]]
        return ",".join([*runs, *(f"{name} {value}" for name, value in self.access.items())])

    def compared(self, model: str) -> list[str]:
        """Return the concepts on whose questions the vectors of all others are tried.

        None where the report has one concept only. A committed run cannot be asked anything, and
        brings what other vectors do on its questions.
        """
        measured = [concept for batch in self.batches(model) for concept in batch]
        return measured if len(self.concepts) > 1 else []

    def matrix_version(self, model: str) -> str:
        """Return what decides whether other concepts' vectors are tried again: all that it reads.

        That is the code, and the runs of all concepts of the report.
        """
        runs = {concept: self.identity(model, concept) for concept in self.concepts}
        return value_hash([self.models[model].get("matrix", ""), runs, self.compared(model)])

    def matrix_missing(self, model: str) -> bool:
        """Return whether a concept has no file that says what others' vectors do, or why not."""
        files = [matrix_file(self.run(model, concept)) for concept in self.compared(model)]
        return not all(file.is_file() for file in files)

    def identity(self, model: str, concept: str) -> str:
        """Return the identity of one measurement; empty where a configuration has none."""
        identity: str = self.models[model].get("identities", {}).get(concept, "")
        return identity

    def verdicts(self, model: str) -> Path:
        """Return the table of verdicts on a model's concepts."""
        return self.out / "_build" / "verdicts" / f"{model}.parquet"

    def verdict_version(self, model: str) -> str:
        """Return what decides whether verdicts are made again: the code that makes them, the runs.

        The runs are those of all concepts of the report, which are a family.
        """
        runs = {concept: self.identity(model, concept) for concept in self.concepts}
        return value_hash([files_hash(modules_used(_VERDICTS)), runs])

    def verdicts_read(self, kind: str, models: list[str]) -> dict[str, list[str]]:
        """Return the parameter that names the tables of verdicts that a page of a kind reads."""
        if kind not in OF_VERDICTS:
            return {}
        return {"verdicts": [str(self.verdicts(model)) for model in models]}

    def executed(self, page: Page) -> Path:
        """Return where a page's executed notebook lies."""
        return self.source / f"{page.name}.ipynb"

    def page(self, name: str) -> Page:
        """Return the page of a name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Page]:
        return {page.name: page for page in self.pages()}

    def pages(self) -> list[Page]:
        """Return every executed page of the book, in reading order."""
        each_model = [page for model in self.models for page in self.of_model(model)]
        across = [self.across(kind) for kind in ACROSS_PAGES if kind != FIRST_PAGE]
        return [self.across(FIRST_PAGE), *each_model, *across, *map(self.about, ABOUT_PAGES)]

    def of_model(self, model: str) -> list[Page]:
        """Return the pages about one model: its questions first, then its concepts."""
        concepts = [self.of_concept(model, concept) for concept in self.concepts]
        optional = {"validation": self.planted(model), "embedded_model": self.trained(model)}
        kinds = [kind for kind in MODEL_PAGES if optional.get(kind, True)]
        return [self.of_question(model, kind) for kind in kinds] + concepts

    def of_question(self, model: str, kind: str) -> Page:
        """Return the page about one question to one model, over all concepts."""
        folder = {"reference": self.models[model]["reference"]} if kind in OF_THE_FOLDER else {}
        own = [Path(file) for file in self.models[model]["files"]] if folder else []
        return Page(
            name=f"models/{model}/{kind}",
            kind=kind,
            heading=self.titled(model, MODEL_PAGES[kind]),
            parameters={
                "model": model,
                "runs": self.runs(model),
                **self.verdicts_read(kind, [model]),
                "data": str(self.source / "data" / model),
                **folder,
            },
            data=(*committed_results(kind), *(file for file in own if file.is_file())),
            needs=tuple(concept_page(model, concept) for concept in self.concepts),
            downloads=(f"data/{model}/{kind}.csv",),
        )

    def of_concept(self, model: str, concept: str) -> Page:
        """Return the page about one concept in one model."""
        return Page(
            name=concept_page(model, concept),
            kind="concept",
            heading=self.titled(model, self.concepts[concept]["title"]),
            parameters={
                "model": self.models[model]["reference"],
                "concept": self.concepts[concept]["reference"],
                "options": self.options_of(model, concept),
                "access": self.access,
                "out": str(self.run(model, concept)),
                **self.verdicts_read("concept", [model]),
                "remote": False,
                "fresh": True,  # the run folders are the report's own: stale ones are replaced
            },
            measured=(self.identity(model, concept),),
            downloads=concept_downloads(model, concept),
        )

    def across(self, kind: str) -> Page:
        """Return a page across all models."""
        return Page(
            name=kind,
            kind=kind,
            heading=ACROSS_PAGES[kind],
            parameters={
                "runs": [run for model in self.models for run in self.runs(model)],
                **self.verdicts_read(kind, list(self.models)),
                "data": str(self.source / "data"),
            },
            data=committed_results(kind),
            needs=tuple(
                concept_page(model, name) for model in self.models for name in self.concepts
            ),
            downloads=(f"data/{kind}.csv",),
        )

    def about(self, kind: str) -> Page:
        """Return a page about the report itself, made of committed results alone."""
        return Page(
            name=kind,
            kind=kind,
            heading=ABOUT_PAGES[kind],
            parameters={"data": str(self.source / "data")},
            data=committed_results(kind),
            downloads=(f"data/{kind}.csv",),
        )

    def runs(self, model: str) -> list[str]:
        """Return the folders of all results of a model."""
        return [str(self.run(model, concept)) for concept in self.concepts]

    def planted(self, model: str) -> bool:
        """Return whether the true slopes of any of this report's concepts are known for a model."""
        return not set(self.concepts).isdisjoint(self.models[model]["planted"])

    def trained(self, model: str) -> bool:
        """Return whether the model's folder says how it was trained."""
        return any(Path(file).name == "training.json" for file in self.models[model]["files"])

    def titled(self, model: str, heading: str) -> str:
        """Return a page's heading; with several models it names the one that it is about."""
        return heading if len(self.models) == 1 else f"{heading} ({model})"
