"""Deferred work: one that waits for a service keeps no other from being sent."""

from __future__ import annotations

import pytest

from steering.errors import Pending, Refused
from steering.remote.deferred import all_or_pending


def test_what_waits_keeps_nothing_else_from_being_sent():
    sent = []

    def waits(name: str) -> None:
        sent.append(name)
        raise Pending(f"{len(sent)} are with the service")

    def answered() -> int:
        sent.append("answered")
        return 3

    with pytest.raises(Pending, match="3 are with the service"):
        all_or_pending(lambda: waits("one"), answered, lambda: waits("another"))
    assert sent == ["one", "answered", "another"]
    assert all_or_pending(answered, answered) == [3, 3]
    assert all_or_pending() == []

    def refused() -> None:
        raise Refused("no such model")

    with pytest.raises(Refused, match="no such model"):
        all_or_pending(lambda: waits("one"), refused, answered)
    assert sent[-1] == "one"
