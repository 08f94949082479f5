"""A small grid of a report, of which nothing is on disk."""

from __future__ import annotations

from pathlib import Path

from steering.report.grid import Grid


def grid(models: int = 1) -> Grid:
    entry = {
        "reference": "m",
        "files": ["m/training.json"],
        "planted": ["a", "b"],
        "identities_said": {"a": "what is said of a"},
    }
    names = ["wren", "finch"][:models]
    concepts = {name: {"title": name.title(), "reference": name, "files": []} for name in "ab"}
    return Grid(Path("/out"), dict.fromkeys(names, entry), concepts)
