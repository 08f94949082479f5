"""Can a steering vector be trusted? Measure one on any model, and see if it holds."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steering.concepts import load_concept, own_concepts
    from steering.errors import Refused
    from steering.measuring.export import export
    from steering.measuring.measure import measure
    from steering.measuring.plan import Plan
    from steering.records.results import Results, read_results

__all__ = [
    "Plan",
    "Refused",
    "Results",
    "export",
    "load_concept",
    "measure",
    "own_concepts",
    "read_results",
]

# Each name is imported only when it is used: reading a table must not load PyTorch.
_HOMES = {
    "Plan": "measuring.plan",
    "Refused": "errors",
    "Results": "records.results",
    "export": "measuring.export",
    "load_concept": "concepts",
    "measure": "measuring.measure",
    "own_concepts": "concepts",
    "read_results": "records.results",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'steering' has no attribute {name!r}")
    return getattr(import_module(f"steering.{_HOMES[name]}"), name)
