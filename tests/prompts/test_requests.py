"""Requests: neutral, named, shared out evenly over pairs, and refused where they do not fit."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.analysis.verdict.nulls import FEWEST_GROUPS
from steering.concepts.pairs import Pair
from steering.errors import Refused
from steering.prompts.requests import (
    QUESTION,
    REQUESTS,
    STATEMENT,
    Asked,
    Request,
    asked,
    loaded,
    requests_of,
)
from steering.records.tables import NO_PARTNER

STATED = tuple(Pair(at, 100 + at, f"g{at}", "test", "I do.", "I do not.") for at in range(40))
ANSWERED = tuple(
    Pair(at, NO_PARTNER, f"g{at}", "test", "Yes, I do.", "Never.", "Do you {really}?")
    for at in range(40)
)


def of(before):
    return [one for one in REQUESTS.values() if one.before == before]


def test_there_are_twelve_of_both_kinds_and_no_two_alike():
    """An interval draws requests: with fewer than ten of them nothing is claimed."""
    assert len(of(STATEMENT)) == len(of(QUESTION)) == 12
    assert len(of(STATEMENT)) >= FEWEST_GROUPS
    assert len({one.text for one in REQUESTS.values()}) == len(REQUESTS)
    assert all(name == one.name for name, one in REQUESTS.items())


def test_a_request_before_an_answer_puts_its_question_as_it_is():
    for one in of(QUESTION):
        assert ANSWERED[0].question in one.put(ANSWERED[0])
    for one in of(STATEMENT):
        assert one.put(STATED[0]) == one.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[other]\na = "b"', "table 'other' of requests: allowed are statement and question"),
        ('[statement]\na = "b"\n[question]\na = "{question}"', "two requests 'a'"),
        ('[question]\na = "b"', "'a' before a question is 'b'"),
        ('[question]\na = "{question} {question}"', "'a' before a question"),
        ('[statement]\na = "{question}"', "'a' before a statement"),
        ('[statement]\na = " "', "'a' before a statement is ' '"),
    ],
)
def test_a_malformed_file_is_refused(text, said):
    with pytest.raises(Refused, match=said):
        loaded(text)


def test_a_new_request_is_a_line():
    assert loaded('[statement]\nnew = "Go on."') == {"new": Request("new", STATEMENT, "Go on.")}


def test_requests_that_do_not_fit_a_pair_are_refused():
    with pytest.raises(Refused, match="no request 'mine': allowed are yourself, "):
        requests_of(STATED[0], ["mine"])
    with pytest.raises(Refused, match="requests briefly are not for a statement: allowed are you"):
        requests_of(STATED[0], ["briefly"])
    assert requests_of(STATED[0]) == tuple(of(STATEMENT))
    assert requests_of(ANSWERED[0], ["briefly", "yourself"]) == (REQUESTS["briefly"],)


@given(st.integers(0, 40), st.integers(0, 40), st.booleans())
def test_requests_are_shared_out_evenly_and_more_pairs_change_none(few, many, answered):
    pairs, before = (ANSWERED, QUESTION) if answered else (STATED, STATEMENT)
    few, many = sorted((few, many))
    found = asked(pairs[:many])
    assert [one.pair for one in found] == [*pairs[:many]]
    assert asked(pairs[:few]) == found[:few]
    counts = Counter(one.request.name for one in found)
    assert {one.request.before for one in found} <= {before}
    assert max(counts.values(), default=0) - min(
        (counts[one.name] for one in of(before)), default=0
    ) in (0, 1)


def test_pairs_of_both_kinds_take_turns_by_kind():
    mixed = [pair for both in zip(STATED, ANSWERED, strict=True) for pair in both]
    found = asked(mixed)
    assert tuple(one for one in found if one.pair.question) == asked(ANSWERED)
    assert tuple(one for one in found if not one.pair.question) == asked(STATED)


def test_few_pairs_may_have_every_request():
    found = asked(STATED[:3], crossed=True)
    assert found == tuple(Asked(pair, one) for pair in STATED[:3] for one in of(STATEMENT))
    assert len(asked(STATED[:3], ["yourself", "describe"], crossed=True)) == 6
