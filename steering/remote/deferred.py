"""Deferred work: several calls that may each wait for a service, without holding up the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from steering.errors import Pending


def all_or_pending(*calls: Callable[[], Any]) -> list[Any]:
    """Return the result of each call. If one waits for a service, the others still send requests.

    Raises Pending, once all have been called, where any of them waits.
    """
    results, waiting = [], None
    for call in calls:
        try:
            results.append(call())
        except Pending as pending:
            waiting = pending
    if waiting is not None:
        raise waiting
    return results
