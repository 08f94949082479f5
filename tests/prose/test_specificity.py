"""Sentences about specificity: its verdict, the own rank, and the strongest other vector."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from steering.analysis.verdict.outcomes import (
    CHANCE,
    NOT_STEERED,
    NOT_TESTED,
    OTHER_FIRST,
    OWN_FIRST,
    SPECIFIC,
)
from steering.figures.caption import Captioned
from steering.prose import specificity
from steering.prose.specificity import (
    show_specificity,
    specificity_sentences,
    specificity_sentences_over,
    specificity_table,
)
from steering.records.kinds import PUBLIC
from tests.support.many import MIXED, verdicts
from tests.support.synthetic import standard_verdicts

# As measured on a public set: a frugal vector moves the answers more than the own one.
OTHERS = pd.DataFrame(
    [
        {
            **{"model": "wren", "concept": "openness", "kind": PUBLIC},
            **{"own": 0.79, "own_low": 0.7, "own_high": 0.9, "others": 26, "rank": 2},
            **{"spread": 0.3, "strongest": "frugal", "strongest_mean": 1.04},
            **{"ahead": -0.25, "ahead_low": -0.35, "ahead_high": -0.15, "left_out": 3},
        }
    ]
)


def claims(outcome: str, **row: Any) -> pd.DataFrame:
    table = verdicts({"openness": PUBLIC}, 1).assign(claim=SPECIFIC, outcome=outcome)
    return table.assign(**{"estimate": 0.79, "low": 0.7, "high": 0.9, **row})


def test_another_vector_that_does_more_is_named_with_its_numbers() -> None:
    """The page showed the alphabetically first other concept, with 0.03."""
    text = specificity_sentences(claims(OTHER_FIRST), OTHERS, {})
    assert text.startswith("**Another concept's vector does more")
    assert "ranks 2 of 27 by size" in text
    assert "that of frugal, with 1.04" in text
    assert "in size, the own vector's slope is 0.25 smaller (0.15 to 0.35)" in text
    assert "3 questions did not count" in text
    first = OTHERS.assign(ahead=0.25, ahead_low=0.15, ahead_high=0.35, left_out=0)
    text = specificity_sentences(claims(OWN_FIRST), first, {})
    assert "is 0.25 larger (0.15 to 0.35)" in text
    assert "did not count" not in text


def test_a_run_alone_says_that_it_was_not_tested() -> None:
    own = standard_verdicts().query("concept == 'strong'")
    text = specificity_sentences(own, OTHERS.iloc[:0], {"strong": "its layer is another one."})
    assert text.startswith("**Specificity: not tested**")
    assert text.endswith("The reason: its layer is another one&#46;"), "why there is no matrix"
    assert "slope" not in text
    assert "Specificity: not tested" in specificity_sentences_over(standard_verdicts())


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        (OWN_FIRST, "**The vector does more than those of other concepts**"),
        (CHANCE, "**The vector cannot be told apart from those of other concepts**"),
        (NOT_STEERED, "**Specificity is not judged**"),
    ],
)
def test_each_outcome_has_its_sentence(outcome: str, wanted: str) -> None:
    assert specificity_sentences(claims(outcome), OTHERS, {}).startswith(wanted)
    assert "Among" not in specificity_sentences(claims(outcome), OTHERS.iloc[:0], {})


def test_over_concepts_outcomes_are_counted_by_kind() -> None:
    table = verdicts(MIXED, 5).assign(claim=SPECIFIC)
    table["outcome"] = [OTHER_FIRST, OWN_FIRST, OWN_FIRST, OWN_FIRST, NOT_TESTED]
    text = specificity_sentences_over(table)
    assert (
        "**Public data sets:** the vector does more than those of other concepts on 1 of 2" in text
    )
    assert "than the own one on 1 of 2 (openness)" in text


def test_the_figure_and_the_table_stand_where_other_vectors_were_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(specificity, "display", shown.append)
    means = pd.DataFrame(
        [
            ("wren", "openness", PUBLIC, name, mean)
            for name, mean in (("openness", 0.79), ("frugal", 1.04))
        ],
        columns=["model", "concept", "kind", "vector_concept", "mean"],
    )
    show_specificity(claims(OTHER_FIRST), OTHERS, means)
    assert [type(one) for one in shown[:1]] == [Captioned]
    assert shown[0].finding.endswith("on 1 of 1.")
    assert "26 other vectors each" in shown[0].n
    assert f"| openness | {OTHER_FIRST} | 0.79 (" in shown[1].data
    assert "2 of 27" in specificity_table(OTHERS, claims(OTHER_FIRST)).data
    shown.clear()
    show_specificity(claims(NOT_TESTED), OTHERS.iloc[:0], means.iloc[:0])
    assert len(shown) == 1
    # Of vectors that do not move the answer, no slope is a multiple of another in any sense.
    shown.clear()
    show_specificity(claims(NOT_STEERED), OTHERS, means)
    assert len(shown) == 1
    assert "it is not judged, since the vector does not move the answer, on 1 of 1" in shown[0].data
