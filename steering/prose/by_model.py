"""Sentences about one concept in several models, one model after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steering.analysis.concept_run import ConceptRun
from steering.prose.words import escaped


def by_model(runs: Sequence[ConceptRun], told: Callable[[ConceptRun], str]) -> str:
    """Return what is told of each run; with several, each text begins with its model's name.

    A run of which nothing is told is left out. A text that is a list has the name above it.
    """
    texts = {run.model: text for run in runs if (text := told(run).strip())}
    if len(runs) == 1:
        return "".join(texts.values())
    return "\n\n".join(_named(model, text) for model, text in texts.items())


def _named(model: str, text: str) -> str:
    apart = "\n\n" if text.startswith(("- ", "|", "<")) else " "
    return f"*In {escaped(model)}:*{apart}{text}"
