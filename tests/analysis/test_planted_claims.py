"""Claims against planted truth: the sign that was planted, and how many claims have it."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from steering.analysis.planted_claims import claims_on_truth, planted_signs
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    CHANCE,
    KEPT,
    LETTER,
    MOVES,
    QUESTION,
    REVERSED,
    SHIFT,
    STEERING,
    TOWARDS_A,
    TOWARDS_B,
    WRONG_WAY,
)
from tests.support.synthetic import standard_curves, standard_verdicts


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return standard_verdicts()


def signs(claim: str, subject: str = "") -> dict[str, int]:
    table = planted_signs(standard_curves())
    own = table[(table["claim"] == claim) & (table["subject"] == subject)]
    return dict(zip(own["concept"], own["truth"], strict=True))


def test_what_was_planted_has_its_sign() -> None:
    assert signs(LETTER) == {
        name: int(name == "letter")
        for name in ("strong", "weak", "inert", "reversed", "letter", "yes")
    }
    assert signs(STEERING) | {"inert": 0} == dict.fromkeys(signs(STEERING), 1) | {"inert": 0}
    lost = signs(SHIFT, "BASE→USER_NEG")
    assert [name for name, sign in lost.items() if sign == -1] == ["reversed", "strong", "weak"]
    assert not any(signs(SHIFT, "BASE→USER_POS").values())
    table = planted_signs(standard_curves())
    turned = table[(table["claim"] == QUESTION) & (table["truth"] == -1)]
    assert "reversed" in set(turned["concept"])


def test_true_claims_are_counted(claims: pd.DataFrame) -> None:
    found = claims_on_truth(claims, standard_curves()).set_index("claim")
    assert found.loc[LETTER, ["judged", "planted", "made", "true", "missed"]].to_list() == [
        *(6, 1, 1, 1, 0)
    ]
    assert (found["made"] >= found["true"]).all()
    assert found.loc[LETTER, "false"] == 0
    # Four shifts are found; the two of "reversed" are not judged, and so missed.
    assert found.loc[SHIFT, ["planted", "made", "true", "missed"]].to_list() == [6, 4, 4, 2]


def test_a_false_claim_is_counted_with_its_interval(claims: pd.DataFrame) -> None:
    """A rule that calls every concept pushed is found out: the old one claimed 24 of 27."""
    letter = claims["claim"] == LETTER
    all_pushed = claims.assign(outcome=claims["outcome"].where(~letter, TOWARDS_A))
    row = claims_on_truth(all_pushed, standard_curves()).set_index("claim").loc[LETTER]
    assert (row["made"], row["true"], row["missed"]) == (6, 1, 0)
    assert row["false"] == pytest.approx(5 / 6)
    assert row["false_low"] < 5 / 6 < row["false_high"] <= 1


def test_the_opposite_of_what_was_planted_is_false(claims: pd.DataFrame) -> None:
    turned = claims.assign(
        outcome=claims["outcome"].replace({MOVES: WRONG_WAY, TOWARDS_A: TOWARDS_B})
    )
    found = claims_on_truth(turned, standard_curves()).set_index("claim")
    assert found.loc[STEERING, "made"] > 0
    assert found.loc[[STEERING, LETTER], "true"].to_list() == [0, 0]


def test_what_is_planted_and_not_claimed_is_missed(claims: pd.DataFrame) -> None:
    silent = claims.assign(
        outcome=claims["outcome"].replace({BRITTLE: KEPT, REVERSED: CHANCE, TOWARDS_A: CHANCE})
    )
    found = claims_on_truth(silent, standard_curves()).set_index("claim")
    assert found.loc[SHIFT, "missed"] == found.loc[SHIFT, "planted"] > 0
    assert found.loc[LETTER, "found"] == 0
    assert math.isnan(found.loc[LETTER, "false"])


def test_where_nothing_is_planted_no_claim_is_judged(claims: pd.DataFrame) -> None:
    unknown = standard_curves().assign(planted_steerability=math.nan)
    assert claims_on_truth(claims, unknown).empty
