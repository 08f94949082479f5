"""Renamed: fields of a plan by the names that they had in version 0.1.0."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

# The names of fields in version 0.1.0, which still work in this version, and their present names.
RENAMED = {
    "items": "test_groups",
    "train_items": "train_groups",
    "validation_items": "validation_groups",
    "other": "other_concept",
    "unscaled": "own_norm",
    "answers": "whole_answers",
}


def with_old_names(cls: type[T]) -> type[T]:
    """Return the class; it then takes fields by their old names too, with a warning."""
    original: Callable[..., None] = cls.__init__

    @functools.wraps(original)
    def init(self: T, *values: Any, **named: Any) -> None:
        for old in [name for name in named if name in RENAMED]:
            new = RENAMED[old]
            warnings.warn(
                f"Plan({old}=…) is called {new} now; the old name works in this version only.",
                FutureWarning,
                stacklevel=2,
            )
            named[new] = named.pop(old)
        original(self, *values, **named)

    cls.__init__ = init  # type: ignore[method-assign, assignment]
    return cls
