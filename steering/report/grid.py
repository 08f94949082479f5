"""The pages of a report: models × concepts, then a few pages a model, then those across models."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steering.folders import measured_folder, notebooks_folder
from steering.report.imports import modules_used

MODEL_PAGES = {
    "variability": "Variability in distribution",
    "brittleness": "Brittleness out of distribution",
    "strengths": "Layers and strengths",
    "validation": "Validation against planted truth",
    "model": "What the model is",
}
# These pages also read what the model's folder says of itself.
OF_THE_FOLDER = ("validation", "model")
ACROSS_PAGES = {
    "models": "Across models",
    "published": "Published beside ours",
    "index": "Can steering vectors be trusted?",
}
# Pages that there are once, and that show nothing of the models measured.
ABOUT_PAGES = {"cost": "What it costs"}
# Committed results that a page shows besides what was measured: it is redone when they change.
SHOWN = {
    "published": "published/*.csv",
    "validation": "coverage.*",
    "cost": "benchmark*.json",
    "model": "seeds.*",
}


@dataclass(frozen=True)
class Page:
    """One page of the book that is an executed notebook; `name` is its place, without suffix."""

    name: str
    template: str
    heading: str
    parameters: dict[str, Any]
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()

    @property
    def notebook(self) -> Path:
        return notebooks_folder() / self.template

    @property
    def sources(self) -> list[str]:
        """All files that the page is made from: redone when one of them changes."""
        return [str(path) for path in (self.notebook, *modules_used(self.notebook))] + [*self.files]


@dataclass(frozen=True)
class Grid:
    """What a report is about. `models` and `concepts` are described by `runner.described`."""

    out: Path
    models: dict[str, dict[str, Any]]
    concepts: dict[str, dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: dict[str, Any] | Path) -> Grid:
        """The grid from a configuration file, or from what Snakemake has read of it."""
        values = json.loads(config.read_text()) if isinstance(config, Path) else config
        names = ("models", "concepts", "options")
        return cls(Path(values["out"]), **{name: values[name] for name in names})

    @property
    def source(self) -> Path:
        """The folder that Jupyter Book builds from."""
        return self.out / "_build" / "source"

    def run(self, model: str, concept: str) -> Path:
        """The folder that holds what was measured of one concept in one model, here or by us."""
        committed = self.concepts[concept].get("committed", {})
        if model in committed:
            return Path(committed[model])
        return self.out / "_build" / "runs" / model / concept

    def executed(self, page: Page) -> Path:
        return self.source / f"{page.name}.ipynb"

    def page(self, name: str) -> Page:
        return next(page for page in self.pages() if page.name == name)

    def pages(self) -> list[Page]:
        """Every executed page of the book, in reading order."""
        each_model = [page for model in self.models for page in self.of_model(model)]
        across = map(self.across, ("models", "published"))
        return [self.across("index"), *each_model, *across, *map(self.about, ABOUT_PAGES)]

    def of_model(self, model: str) -> list[Page]:
        """The pages about one model: its questions first, then its concepts."""
        concepts = [self.of_concept(model, concept) for concept in self.concepts]
        there = {"validation": self.planted(model), "model": self.trained(model)}
        kinds = [kind for kind in MODEL_PAGES if there.get(kind, True)]
        questions = [
            Page(
                name=f"models/{model}/{kind}",
                template=f"{kind}.ipynb",
                heading=self.titled(model, MODEL_PAGES[kind]),
                parameters={
                    "model": model,
                    "runs": self.runs(model),
                    "data": str(self.source / "data" / model),
                    **self.reference(model, kind),
                },
                files=shown(kind),
                needs=tuple(page.name for page in concepts),
                downloads=(f"data/{model}/{kind}.csv",),
            )
            for kind in kinds
        ]
        return questions + concepts

    def of_concept(self, model: str, concept: str) -> Page:
        tables = ("items", "prompts", "sweep", "steerability")
        return Page(
            name=concept_page(model, concept),
            template="concept.ipynb",
            heading=self.titled(model, self.concepts[concept]["title"]),
            parameters={
                "model": self.models[model]["reference"],
                "concept": self.concepts[concept]["reference"],
                "options": self.options,
                "out": str(self.run(model, concept)),
                "remote": False,
                "fresh": True,  # the run folders are the report's own: stale ones are replaced
            },
            files=(*self.models[model]["files"], *self.concepts[concept]["files"]),
            downloads=tuple(
                f"data/{model}/{concept}/{model}-{concept}-{name}"
                for name in (
                    "steerability.csv",
                    *(f"{table}.parquet" for table in tables),
                    "vector.safetensors",
                    "card.json",
                )
            ),
        )

    def across(self, kind: str) -> Page:
        return Page(
            name=kind,
            template=f"{kind}.ipynb",
            heading=ACROSS_PAGES[kind],
            parameters={
                "runs": [run for model in self.models for run in self.runs(model)],
                "data": str(self.source / "data"),
            },
            files=shown(kind),
            needs=tuple(
                concept_page(model, name) for model in self.models for name in self.concepts
            ),
            downloads=(f"data/{kind}.csv",),
        )

    def about(self, kind: str) -> Page:
        """A page about the report itself: made of committed results alone."""
        return Page(
            name=kind,
            template=f"{kind}.ipynb",
            heading=ABOUT_PAGES[kind],
            parameters={"data": str(self.source / "data")},
            files=shown(kind),
            downloads=(f"data/{kind}.csv",),
        )

    def runs(self, model: str) -> list[str]:
        return [str(self.run(model, concept)) for concept in self.concepts]

    def planted(self, model: str) -> bool:
        """Whether the true slopes of any of this report's concepts are known for this model."""
        return not set(self.concepts).isdisjoint(self.models[model]["planted"])

    def trained(self, model: str) -> bool:
        """Whether the model's folder says how it was trained."""
        return any(Path(file).name == "training.json" for file in self.models[model]["files"])

    def reference(self, model: str, kind: str) -> dict[str, str]:
        """The name or the folder of a model, for pages that read its files."""
        return {"reference": self.models[model]["reference"]} if kind in OF_THE_FOLDER else {}

    def titled(self, model: str, heading: str) -> str:
        """With several models, a page's heading names the one it is about."""
        return heading if len(self.models) == 1 else f"{heading} ({model})"


def shown(kind: str) -> tuple[str, ...]:
    """The committed results that a page of this kind shows."""
    return tuple(sorted(map(str, measured_folder().glob(SHOWN[kind])))) if kind in SHOWN else ()


def concept_page(model: str, concept: str) -> str:
    return f"models/{model}/concepts/{concept}"
