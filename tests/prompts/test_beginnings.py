"""Beginnings: counted up to where two texts differ, or the shorter one ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from steering.prompts.beginnings import shared

TOKENS = st.lists(st.integers(1, 2), max_size=6)


@given(TOKENS, TOKENS)
def test_up_to_there_both_are_alike_and_behind_it_they_are_not(one, other):
    end = shared(one, other)
    assert end == shared(other, one)
    assert one[:end] == other[:end]
    assert end == min(len(one), len(other)) or one[end] != other[end]


def test_a_text_begins_with_itself():
    assert shared([3, 1, 2], (3, 1, 2)) == 3
    assert shared([], [1]) == 0
