"""The grid of a report: all its pages.

There is a page for each concept, a few pages for each model, and a few across models. Before the
pages are made, all is measured.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from steering.models.tokenizer_file import tokenizer_file
from steering.prompts import said
from steering.records.results import FOLDERS
from steering.report.pages import (
    ABOUT_PAGES,
    ACROSS_PAGES,
    FIRST_PAGE,
    MODEL_PAGES,
    MORE_DOWNLOADS,
    OF_BOTH_FORMS,
    OF_FURTHER,
    OF_THE_FOLDER,
    OF_VERDICTS,
    Page,
    card_address,
    committed_results,
    concept_downloads,
    concept_page,
)
from steering.report.products import Products


class Grid(Products):
    """The pages of a report, and what is measured for them."""

    def verdicts_read(self, kind: str, models: list[str]) -> dict[str, list[str]]:
        """Return the parameter that names the tables of verdicts that a page of a kind reads."""
        if kind not in OF_VERDICTS:
            return {}
        return {"verdicts": [str(self.verdicts(model)) for model in models]}

    def further_read(self, model: str, kind: str) -> dict[str, str]:
        """Return the parameter that names the folder of what only a full report measures."""
        if kind not in OF_FURTHER:
            return {}
        return {"further": str(self.further(model)) if self.further_of(model) else ""}

    def pages_of(self, model: str) -> list[str]:
        """Return the concepts of a model with a page of their own: all, unless it says which."""
        pages: list[str] = self.models[model].get("pages", self.concepts_of(model))
        return pages

    def linked(self, model: str, kind: str) -> dict[str, list[str]]:
        """Return the parameter that names the concepts with pages; none where all have one."""
        if kind != "variability":
            return {}
        shown = self.concepts_of(model)
        some = [concept for concept in shown if concept in self.concepts_with_pages]
        return {"pages": [] if some == shown else some}

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
        """Return every executed page of the book."""
        each_model = [page for model in self.models for page in self.of_model(model)]
        concepts = [self.of_concept(concept) for concept in self.concepts_with_pages]
        across = [self.across(kind) for kind in ACROSS_PAGES if kind != FIRST_PAGE]
        about = map(self.about, ABOUT_PAGES)
        return [self.across(FIRST_PAGE), *each_model, *concepts, *across, *about]

    @cached_property
    def concepts_with_pages(self) -> list[str]:
        """Return the concepts that have a page, in the order in which the report names them."""
        shown = {concept for model in self.models for concept in self.pages_of(model)}
        return [concept for concept in self.concepts if concept in shown]

    def models_with(self, concept: str) -> list[str]:
        """Return the models in which the report shows a concept."""
        return [model for model in self.models if concept in self.concepts_of(model)]

    def carded(self, model: str) -> list[str]:
        """Return the concepts of a model that have a reliability card beside the book.

        They are those whose page shows the model, and links to the card.
        """
        shown = self.concepts_of(model)
        return [concept for concept in self.concepts_with_pages if concept in shown]

    def of_model(self, model: str) -> list[Page]:
        """Return the pages about one model, one for each question."""
        optional = {
            "said": bool(self.said_of(model)),
            "validation": self.planted(model),
            "embedded_model": self.trained(model),
        }
        shown = self.models[model].get("kinds", MODEL_PAGES)
        kinds = [kind for kind in MODEL_PAGES if kind in shown and optional.get(kind, True)]
        return [self.of_question(model, kind) for kind in kinds]

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
                **self.further_read(model, kind),
                **self.linked(model, kind),
            },
            data=(*committed_results(kind), *(file for file in own if file.is_file())),
            needs=tuple(map(concept_page, self.pages_of(model))),
            downloads=(f"data/{model}/{kind}.csv",),
        )

    def of_concept(self, concept: str) -> Page:
        """Return the page about one concept, in all models that the report shows it in."""
        models = self.models_with(concept)
        measured = [self.identity(model, concept, form) for model in models for form in FOLDERS]
        return Page(
            name=concept_page(concept),
            kind="concept",
            heading=self.concepts[concept]["title"],
            parameters={
                "concept": self.concepts[concept]["reference"],
                "runs": [self._run_parameters(model, concept) for model in models],
                "unsaid": self.concepts[concept].get("unsaid", ""),
                **self.verdicts_read("concept", models),
                "access": self.here,
                "remote": False,
                "fresh": True,  # the run folders are the report's own: stale ones are replaced
            },
            data=committed_results("concept"),
            measured=tuple(filter(None, measured)),
            downloads=tuple(name for model in models for name in concept_downloads(model, concept)),
        )

    def _run_parameters(self, model: str, concept: str) -> dict[str, Any]:
        """Return what a concept's page is told of one model: how it was measured, and where."""
        return {
            "model": self.models[model]["reference"],
            "options": self.options_of(model, concept),
            "out": str(self.run(model, concept)),
            "said": self.said_run(model, concept),
            "tokenizer": self.tokenizers().get(model, ""),
            "card": card_address(model, concept),
            **({"remote": there} if (there := self.service_of(model)) else {}),
        }

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
                **({"tokenizers": self.tokenizers()} if kind == FIRST_PAGE else {}),
            },
            data=committed_results(kind),
            needs=tuple(map(concept_page, self.concepts_with_pages)),
            downloads=(f"data/{kind}.csv", *MORE_DOWNLOADS.get(kind, ())),
        )

    def tokenizers(self) -> dict[str, str]:
        """Return the file of each model's tokenizer; models without one on this machine have none.

        A prompt is then shown in the model's own tokens.
        """
        files = {name: tokenizer_file(one["reference"]) for name, one in self.models.items()}
        return {name: str(file) for name, file in files.items() if file is not None}

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
