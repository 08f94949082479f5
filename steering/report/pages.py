"""The pages of the book: their kinds, and what each page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from steering.clone import measured_folder, notebooks_folder
from steering.report.products import CARDS
from steering.report.staleness import page_hash

MODEL_PAGES = {
    "variability": "Variability in distribution",
    "brittleness": "Brittleness out of distribution",
    "linearity": "Layers and strengths",
    "said": "What the model says",
    "validation": "Validation against planted truth",
    "embedded_model": "What the model is",
}


# These pages also read what the model's folder says of itself.
OF_THE_FOLDER = ("validation", "embedded_model")


# And this one what only the full report measures.
OF_FURTHER = ("linearity",)


FIRST_PAGE = "index"


# These pages read the verdicts on the concepts that they show.
OF_VERDICTS = (
    *("concept", "variability", "brittleness", "linearity", "said", "validation", "across"),
    *("claims", "not_reproduced", "wordings"),
    FIRST_PAGE,
)


ACROSS_PAGES = {
    "across": "Across models",
    "wordings": "In other words",
    "published": "Published beside ours",
    "not_reproduced": "What did not reproduce",
    "predictors": "Can one know beforehand?",
    "claims": "Claims, each with an address",
    FIRST_PAGE: "Can steering vectors be trusted?",
}


# These pages across models also read what the models say.
OF_BOTH_FORMS = (FIRST_PAGE, "predictors")


# Pages that occur once, and show nothing of the models that are measured.
ABOUT_PAGES = {
    "protocols": "Two protocols, and what each difference does",
    "errors": "How often is this report wrong?",
    "cost": "What it costs",
}


# What these pages offer besides their numbers.
MORE_DOWNLOADS = {"claims": ("data/claims.json",)}


# A page is named like its notebook, except for the first one: browsers expect `index`.
TEMPLATES = {FIRST_PAGE: "first_page"}


# Committed results that a page shows besides the measurements of the report, by their patterns.
COMMITTED = {
    "concept": "published/*.csv",
    "brittleness": "published/*.csv",
    "published": "published/*.csv",
    "not_reproduced": "published/*.csv",
    "claims": "published/*.csv",
    FIRST_PAGE: "published/*.csv",
    "predictors": "predictors.*",
    "linearity": "operators.* side-effects.*",
    "wordings": "wordings*",
    "validation": "coverage.*",
    "errors": "calibration*",
    "protocols": "protocols.*",
    "cost": "benchmark*.json",
    "embedded_model": "seeds.*",
}


@dataclass(frozen=True)
class Page:
    """One page of the book that is an executed notebook.

    Attributes:
        name: its path in the book, without suffix.
        kind: the name of its notebook.
        heading: its first-level heading.
        parameters: what papermill fills in.
        data: files that it reads besides the results of runs.
        measured: the identities of the measurements that it shows, where no other page comes first.
        needs: pages that are made before it.
        downloads: files that it offers.
    """

    name: str
    kind: str
    heading: str
    parameters: dict[str, Any]
    data: tuple[Path, ...] = ()
    measured: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()

    @property
    def notebook(self) -> Path:
        """Return the notebook that the page is made from."""
        return notebooks_folder() / f"{TEMPLATES.get(self.kind, self.kind)}.ipynb"

    @property
    def version(self) -> str:
        """Return the hash of all that the page is made from: it is made again when that changes."""
        more = [self.heading, self.parameters, self.measured, self.downloads]
        return page_hash(self.notebook, self.data, more)


def committed_results(kind: str) -> tuple[Path, ...]:
    """Return the committed results that a page of this kind shows."""
    if kind not in COMMITTED:
        return ()
    patterns = COMMITTED[kind].split()
    return tuple(sorted(one for each in patterns for one in measured_folder().glob(each)))


def concept_page(concept: str) -> str:
    """Return the name of the page about a concept, which shows it in every model."""
    return f"concepts/{concept}"


def card_address(model: str, concept: str) -> str:
    """Return the address of a reliability card, as seen from the page about its concept."""
    return quote(f"../{CARDS}/{model}/{concept}.html")


def concept_downloads(model: str, concept: str) -> tuple[str, ...]:
    """Return the files that the page about a concept in a model offers, named after both."""
    tables = [f"{table}.parquet" for table in ("items", "prompts", "sweep", "steerability")]
    names = ("steerability.csv", *tables, "vector.safetensors", "card.json")
    return tuple(f"data/{model}/{concept}/{model}-{concept}-{name}" for name in names)
