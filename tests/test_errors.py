"""Refusals, and which of them are answers that may still come."""

from __future__ import annotations

import pytest

from steering.errors import Interrupted, Pending, Refused


def test_who_catches_refusals_catches_those_that_wait_too() -> None:
    assert issubclass(Pending, Interrupted)
    assert issubclass(Interrupted, Refused)
    for answer in (Interrupted("not now."), Pending("not yet.")):
        with pytest.raises(Refused, match=r"^not (now|yet)\.$"):
            raise answer


def test_a_refusal_is_neither_for_later_nor_a_fault_of_the_program() -> None:
    assert not issubclass(Refused, Interrupted)
    assert not issubclass(Interrupted, Pending)
    # Who guards against faults of a library must not swallow an answer to the user.
    assert not issubclass(Refused, OSError | ValueError | RuntimeError)
