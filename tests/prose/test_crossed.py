"""Sentences and the table about crossed vectors: counts and numbers that were put in."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.crossed import agreement, crossed_curves
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import MOVES, NO_ANSWER, TOO_LITTLE
from steering.prose.crossed import crossed_sentences, crossed_table, ranks_finding
from steering.prose.words import number
from steering.records.kinds import YOURS
from tests.support.many import both_forms, verdicts
from tests.support.spoken import crossed_of, spoken_curves


def crossed_verdicts() -> pd.DataFrame:
    """Of both vectors in both forms: the rows on crossed vectors stand in their questions' form."""
    own = both_forms({"tidy": MOVES, "frugal": MOVES}, {"tidy": MOVES, "frugal": NO_ANSWER})
    crossed = both_forms({"tidy": MOVES, "openness": MOVES}, {"frugal": TOO_LITTLE})
    return pd.concat([own, crossed.assign(claim=outcomes.CROSSED)], ignore_index=True)


@pytest.fixture(scope="module")
def agreements() -> pd.DataFrame:
    does = {"strong": (0.5, 0.0), "weak": (-1.0, 0.0), "reversed": (1.0, 0.1)}
    curves = spoken_curves()
    return agreement(crossed_curves(curves, crossed_of(curves, does, noise=0.1)))


def test_what_crossed_vectors_move_is_counted_in_the_form_of_the_questions(
    agreements: pd.DataFrame,
) -> None:
    text = crossed_sentences(crossed_verdicts(), agreements)
    ours, public, correlations = text.split("\n\n")
    # On replies: of tidy it is as chance, of frugal there is too little data.
    assert "read at the letter moves what is said on **0 of 1** concepts that are answered" in ours
    assert "read over the reply moves the lettered answer on **1 of 2** concepts" in ours
    assert public.startswith("**Public data sets:** ")
    assert "read over the reply moves the lettered answer on **1 of 1**" in public
    home = agreements[agreements["prompt_setting"] == "BASE"]["rho"]
    assert "in free text is told by the rank correlation" in correlations
    assert f"median {number(home.median())}" in correlations
    assert "through letters" not in correlations, "there it was not tried"
    assert "out of it" in correlations


def test_where_no_crossed_vector_was_tried_nothing_is_said(agreements: pd.DataFrame) -> None:
    own = crossed_verdicts()
    own = own[own["claim"] != outcomes.CROSSED]
    assert crossed_sentences(own, agreements.iloc[:0]) == ""
    unknown = agreements.assign(rho=float("nan"))
    assert crossed_sentences(own, unknown) == ""


def test_the_table_of_crossed_vectors_has_both_with_their_verdicts(
    agreements: pd.DataFrame,
) -> None:
    kinds = dict.fromkeys(["strong", "weak", "reversed"], YOURS)
    own = verdicts(kinds, 3).assign(form="said")
    crossed = verdicts(kinds, 0).assign(claim=outcomes.CROSSED, form="said")
    text = crossed_table(pd.concat([own, crossed], ignore_index=True), agreements).data
    home = agreements[agreements["prompt_setting"] == "BASE"]
    rows = text.splitlines()[2:]
    assert len(rows) == len(home) == 3
    for row in home.to_dict("records"):
        (line,) = (one for one in rows if one.startswith(f"| {row['concept']} "))
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        assert cells[1] == "in free text"
        assert cells[2].startswith(number(row["own"]))
        assert cells[2].endswith(", moves")
        assert cells[3].startswith(number(row["crossed"]))
        assert cells[3].endswith(", as chance")
        assert cells[4].startswith(number(row["rho"]))
        assert cells[5] == f"{row['n']} ({row['groups']})"
    letters = crossed_table(own.assign(form="chosen"), agreements).data
    assert ", –" in letters, "no verdict on this form"


def test_questions_rank_alike_where_the_interval_is_above_zero() -> None:
    columns = ["form", "prompt_setting", "rho", "rho_low", "rho_high"]
    rows = [
        ("chosen", "BASE", 0.5, 0.1, 0.8),
        ("chosen", "BASE", 0.25, -0.1, 0.6),
        ("chosen", "USER_NEG", 0.9, 0.8, 1.0),
        ("said", "BASE", -0.5, -0.8, -0.1),
    ]
    said = ranks_finding(pd.DataFrame(rows, columns=columns))
    assert "through letters on 1 of 2 concepts, where it is 0.25 and 0.50; " in said
    assert "in free text on 0 of 1 concept, where it is −0.50." in said
