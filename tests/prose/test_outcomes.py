"""Counts of verdicts: by kind, in the closed set of outcomes, and with their family."""

from __future__ import annotations

import re

import pandas as pd

from steering.analysis.verdict.outcomes import (
    CHANCE,
    LETTER,
    MOVES,
    NO_ANSWER,
    OUTCOMES,
    SPECIFIC,
    STEERING,
)
from steering.prose.outcomes import (
    PHRASES,
    equals,
    moved_in,
    outcome_sentences,
    p_adjusted,
    present,
)
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.many import MANY, MIXED, verdicts
from tests.support.synthetic import standard_verdicts


def test_every_outcome_of_a_claim_has_a_phrase() -> None:
    for claim in (STEERING, LETTER, SPECIFIC):
        assert set(PHRASES[claim]) == set(OUTCOMES[claim])


def test_kinds_are_counted_apart_and_never_together() -> None:
    """Planted and public were pooled: "26 of 27 can be steered", 14 of which were built so."""
    text = outcome_sentences(verdicts(MIXED, 3), STEERING)
    parts = re.findall(r"\*\*([^*]+):\*\* ([^.]+)\.", text)
    assert [kind for kind, _ in parts] == [kind.capitalize() for kind in (OURS, PUBLIC, YOURS)]
    counts = dict(parts)
    assert "moves the answer on 1 of 2 (tidy)" in counts[OURS.capitalize()]
    assert "apart from chance on 1 of 2 (frugal)" in counts[OURS.capitalize()]
    assert "moves the answer on 1 of 1" in counts[YOURS.capitalize()]
    assert "of 5" not in text


def test_of_many_no_extreme_is_named() -> None:
    text = outcome_sentences(verdicts(MANY, 10), STEERING)
    assert "on 10 of 27" in text
    assert "on 17 of 27" in text
    assert not re.search(r"c\d\d", text)


def test_outcomes_that_occur_stand_in_their_order() -> None:
    assert present(verdicts(MIXED, 3), STEERING) == [CHANCE, MOVES]
    assert present(standard_verdicts(), STEERING) == [CHANCE, MOVES]


def test_a_p_has_its_family() -> None:
    row = verdicts(MIXED, 3).iloc[0].to_dict()
    told = "p = 0.010; adjusted over the 5 concepts that are tested together, q = 0.020"
    assert p_adjusted(row) == told
    assert "family of one" in p_adjusted(row | {"family": 1})
    assert equals("p", 1e-9) == "p <\u00a00.001"
    assert pd.isna(row["p"]) is False


def test_what_is_moved_is_counted_by_model_and_kind() -> None:
    rows = pd.DataFrame(
        [
            ("wren", OURS, MOVES),
            ("wren", OURS, CHANCE),
            ("wren", PUBLIC, CHANCE),
            ("finch", PUBLIC, MOVES),
        ],
        columns=["model", "kind", "outcome"],
    )
    assert moved_in(rows) == (
        "The vector moves the answer on 1 of 2 (ours) and 0 of 1 (public) concepts in wren; "
        "1 of 1 (public) concepts in finch."
    )
    assert moved_in(rows[rows["kind"] == PUBLIC]) == (
        "The vector moves the answer on 0 of 1 concepts in wren and 1 of 1 concepts in finch."
    )
    assert moved_in(rows[:0]) == ""
    silent = rows.assign(outcome=rows["outcome"].where(rows["model"] == "finch", NO_ANSWER))
    assert moved_in(silent[silent["kind"] == PUBLIC]) == (
        "The vector moves the answer on 0 of 1 concepts in wren, which does not answer the "
        "questions of 1; 1 of 1 concepts in finch."
    )
