"""Wordings: ways to put one question, in families. Each is a function of the question.

A wording belongs to a family of changes of one kind, so that intervals can count the members of a
family as they count questions. Today there is one: the question as it is published.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """One way to put a question.

    Attributes:
        family: the kind of change that it is.
        name: which of its family it is.
        put: returns the question, with its lettered options, in this wording.
    """

    family: str
    name: str
    put: Callable[[str], str]


def as_published(question: str) -> str:
    """Return the question as it is."""
    return question


WORDINGS = {"published": Wording("published", "published", as_published)}
