"""The grid of a report: all its pages.

There is a page for each model and concept, a few pages for each model, and a few across models.
Before the pages are made, all is measured.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from steering.prompts import said
from steering.records.results import FOLDERS
from steering.report.measurements import Measurements
from steering.report.pages import (
    ABOUT_PAGES,
    ACROSS_PAGES,
    FIRST_PAGE,
    MODEL_PAGES,
    OF_BOTH_FORMS,
    OF_THE_FOLDER,
    OF_VERDICTS,
    Page,
    committed_results,
    concept_downloads,
    concept_page,
)


class Grid(Measurements):
    """The pages of a report, and what is measured for them."""

    def verdicts_read(self, kind: str, models: list[str]) -> dict[str, list[str]]:
        """Return the parameter that names the tables of verdicts that a page of a kind reads."""
        if kind not in OF_VERDICTS:
            return {}
        return {"verdicts": [str(self.verdicts(model)) for model in models]}

    def pages_of(self, model: str) -> list[str]:
        """Return the concepts of a model with a page of their own: all, unless it says which."""
        pages: list[str] = self.models[model].get("pages", self.concepts_of(model))
        return pages

    def linked(self, model: str, kind: str) -> dict[str, list[str]]:
        """Return the parameter that names the concepts with pages; none where all have one."""
        if kind != "variability":
            return {}
        some = self.pages_of(model) != self.concepts_of(model)
        return {"pages": self.pages_of(model) if some else []}

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
        concepts = [self.of_concept(model, concept) for concept in self.pages_of(model)]
        optional = {
            "said": bool(self.said_of(model)),
            "validation": self.planted(model),
            "embedded_model": self.trained(model),
        }
        shown = self.models[model].get("kinds", MODEL_PAGES)
        kinds = [kind for kind in MODEL_PAGES if kind in shown and optional.get(kind, True)]
        return [self.of_question(model, kind) for kind in kinds] + concepts

    def of_question(self, model: str, kind: str) -> Page:
        """Return the page about one question to one model, over all concepts."""
        folder = {"reference": self.models[model]["reference"]} if kind in OF_THE_FOLDER else {}
        own = [Path(file) for file in self.models[model]["files"]] if folder else []
        # Lettered answers stand beside what is said of the same concepts.
        names = self.said_of(model) if kind == said.NAME else self.concepts_of(model)
        spoken = {"said": self.runs(model, said.NAME)} if kind == said.NAME else {}
        return Page(
            name=f"models/{model}/{kind}",
            kind=kind,
            heading=self.titled(model, MODEL_PAGES[kind]),
            parameters={
                "model": model,
                "runs": [str(self.run(model, concept)) for concept in names],
                **spoken,
                **self.verdicts_read(kind, [model]),
                "data": str(self.source / "data" / model),
                **folder,
                **self.linked(model, kind),
            },
            data=(*committed_results(kind), *(file for file in own if file.is_file())),
            needs=tuple(concept_page(model, concept) for concept in self.pages_of(model)),
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
                "said": self.said_run(model, concept),
                "unsaid": self.concepts[concept].get("unsaid", ""),
                **self.verdicts_read("concept", [model]),
                "remote": False,
                "fresh": True,  # the run folders are the report's own: stale ones are replaced
            },
            measured=tuple(filter(None, [self.identity(model, concept, one) for one in FOLDERS])),
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
                **({"said": self._said_runs()} if kind in OF_BOTH_FORMS else {}),
                **self.verdicts_read(kind, list(self.models)),
                "data": str(self.source / "data"),
            },
            data=committed_results(kind),
            needs=tuple(
                concept_page(model, name) for model in self.models for name in self.pages_of(model)
            ),
            downloads=(f"data/{kind}.csv",),
        )

    def _said_runs(self) -> list[str]:
        return [run for model in self.models for run in self.runs(model, said.NAME)]

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

    def planted(self, model: str) -> bool:
        """Return whether the true slopes of any of this report's concepts are known for a model."""
        return not set(self.concepts_of(model)).isdisjoint(self.models[model]["planted"])

    def trained(self, model: str) -> bool:
        """Return whether the model's folder says how it was trained."""
        return any(Path(file).name == "training.json" for file in self.models[model]["files"])

    def titled(self, model: str, heading: str) -> str:
        """Return a page's heading; with several models it names the one that it is about."""
        return heading if len(self.models) == 1 else f"{heading} ({model})"
