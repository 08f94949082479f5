"""The persona sentences of Tan et al. for the sets whose published sentences we know."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

from steering.concepts.items import Concept


@cache
def published_personas() -> dict[str, tuple[str, str]]:
    """Return by public data set the positive and the negative persona sentence of the paper."""
    file = Path(__file__).with_name("published_personas.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: (each["positive"], each["negative"]) for name, each in tables.items()}


def with_published_personas(concept: Concept) -> Concept:
    """Return a public data set with the paper's persona sentences; any other concept as it is."""
    if concept.source != "public" or concept.name not in published_personas():
        return concept
    positive, negative = published_personas()[concept.name]
    return replace(concept, positive_persona=positive, negative_persona=negative)
