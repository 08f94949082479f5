"""Can a steering vector be trusted? Measure one on any model, and see if it holds."""

from steering.concepts import load_concept, own_concepts
from steering.errors import Refused
from steering.measure import measure
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
