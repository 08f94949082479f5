"""The public data sets as they were published, where the machine has them; each is read once."""

from __future__ import annotations

import os
from functools import cache

import pytest

from steering.concepts import Concept, load_concept
from steering.concepts.public import public_sets

DATA = os.environ.get("STEERING_DATA")
real = pytest.mark.skipif(not DATA, reason="STEERING_DATA names no folder of public data sets")
NAMES = [name for name, one in public_sets().items() if one.url]


@cache
def published(name: str) -> Concept:
    return load_concept(name, DATA)
