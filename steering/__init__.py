"""Can a steering vector be trusted? Measure one on any model, and see if it holds."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steering.concepts import load_concept, own_concepts
    from steering.errors import Refused
    from steering.measurement import measure
    from steering.plan import Plan
    from steering.tables import Results, read_results

__all__ = [
    "Plan",
    "Refused",
    "Results",
    "load_concept",
    "measure",
    "own_concepts",
    "read_results",
]

# Loaded when asked for: reading a table must not load what measures.
_HOMES = {
    "Plan": "plan",
    "Refused": "errors",
    "Results": "tables",
    "load_concept": "concepts",
    "measure": "measurement",
    "own_concepts": "concepts",
    "read_results": "tables",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'steering' has no attribute {name!r}")
    return getattr(import_module(f"steering.{_HOMES[name]}"), name)
