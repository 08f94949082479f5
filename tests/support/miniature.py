"""A book to look at: the one that `STEERING_BOOK` names, or a miniature, built once a session."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from steering.report.runner import report

OPTIONS = {
    "test_groups": 8,
    "train_groups": 12,
    "validation_groups": 4,
    "map_items": 4,
    "random_vectors": 10,
    "neutral_texts": 2,
    "wide_groups": 2,
    "replies": 1,
}
# The least of which a page about a concept can be made: seconds.
LEAST = {
    "test_groups": 3,
    "train_groups": 4,
    "validation_groups": 2,
    "map_items": 2,
    "random_vectors": 10,
    "resampled_vectors": 3,
    "shuffled_vectors": 3,
    "subset_vectors": 0,
    "neutral_texts": 0,
    "replies": 0,
    "settings": ("BASE", "USER_POS"),
}


def out() -> Path:
    """The folder that a report was made in: two concepts on the embedded model, a few items."""
    folder, failed = made()
    if failed:
        pytest.fail(f"the miniature book was not made: {failed}")
    return folder


@cache
def made() -> tuple[Path, str]:
    """That folder, and why there is no book in it: a book that fails is not tried twice."""
    named = os.environ.get("STEERING_BOOK")
    if named:
        return Path(named).resolve(), ""
    folder = Path(tempfile.mkdtemp(prefix="steering-book-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            report(["wren"], ["frugal", "tidy"], folder, options=OPTIONS)
    except SystemExit:
        return folder, said.getvalue()
    return folder, ""


@cache
def asked() -> dict[str, Any]:
    """What `out` was made of: arguments of `report` that make the same book again."""
    config = json.loads((out() / "_build" / "report.json").read_text())
    measured = {name: one for name, one in config["models"].items() if "kinds" not in one}
    shown = {name for one in measured.values() for name in one.get("concepts", config["concepts"])}
    concepts = [one["reference"] for name, one in config["concepts"].items() if name in shown]
    return {
        "models": [one["reference"] for one in measured.values()],
        "concepts": concepts,
        "out": out(),
        "options": config["options"],
        # Those are shown from committed runs: named as models, they would be measured.
        "real": [name for name in config["models"] if name not in measured],
    }


def html() -> Path:
    """The folder of the built pages."""
    return out() / "_build" / "html"


def pages() -> list[Path]:
    """Every page of the book, the theme's own templates left out."""
    found = sorted(html().rglob("*.html"))
    return [page for page in found if "_static" not in page.relative_to(html()).parts]
