"""Runs of one planted concept in two models, on disk, as the page of a concept reads them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from steering.analysis.concept_run import ConceptRun, concept_runs
from steering.records.results import Results, read_results
from steering.records.tables import CONTRACTS, write
from steering.storage import write_json
from tests.support.designs import DESIGNS
from tests.support.synthetic import results

ABOUT: dict[str, Any] = {
    "description": "Whether it is strong.",
    "positive_persona": "You are strong.",
    "negative_persona": "You are weak.",
    "source": "own",
    "licence": "MIT",
}
ITEMS = {"train": 32, "validation": 8, "test": 40, "groups_test": 10, "groups_train": 8}


@cache
def runs(concept: str = "strong", models: tuple[str, ...] = ("wren", "linnet")) -> list[ConceptRun]:
    """The runs of a design of `tests.support.designs` in these models; do not change them."""
    top = Path(tempfile.mkdtemp(prefix="steering-runs-"))
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    folders = []
    for seed, model in enumerate(models):
        made = results({concept: DESIGNS[concept]}, model=model, seed=seed)
        folders.append(written(made, top / model / concept))
    return concept_runs([read_results([folder]) for folder in folders], folders)


def written(made: Results, folder: Path) -> str:
    """The folder to which the results of one run were written."""
    for name in CONTRACTS:
        write(getattr(made, name), folder, name)
    card = dict(made.cards[0])
    card["concept"] = ABOUT | card["concept"]
    card["model"] = {"layers": 8} | card["model"]
    write_json(card | {"items": ITEMS}, folder / "card.json")
    return str(folder)
