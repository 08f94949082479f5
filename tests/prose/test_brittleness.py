"""Sentences and tables about what is left out of distribution."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis import brittleness
from steering.analysis.curves import curve_table
from steering.analysis.variability import spread_by_concept
from steering.analysis.verdict.outcomes import NOT_STEERED, OUTCOMES, SHIFT
from steering.analysis.verdict.table import verdicts
from steering.prose import words
from steering.prose.brittleness import (
    IN_ONE_WORD,
    OF_SEVERAL,
    agreement_sentences,
    kept_finding,
    order_finding,
    shift_sentences,
    shift_table,
    sides_finding,
)
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import (
    DESIGNS,
    Design,
    results,
    standard_curves,
    standard_shifts,
    standard_verdicts,
)


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return standard_verdicts()


def test_every_outcome_has_its_words() -> None:
    assert set(IN_ONE_WORD) == set(OUTCOMES[SHIFT]) == set(OF_SEVERAL)


def test_one_concept_has_a_line_for_each_shift(claims: pd.DataFrame) -> None:
    said = shift_sentences(claims[claims["concept"] == "strong"]).splitlines()
    assert len([line for line in said if line.startswith("- ")]) == len(brittleness.SHIFTS)
    assert said[0].startswith("- Under BASE→USER_NEG the vector **loses part of its effect**. Of")
    assert "50\u202f% (" in said[0]
    assert "**keeps its effect**" in said[1]
    assert "lies wholly below 80\u202f% or above 125\u202f%" in said[-1]


def test_where_the_vector_moves_nothing_no_share_is_told(claims: pd.DataFrame) -> None:
    said = shift_sentences(claims[claims["concept"] == "inert"])
    assert "not judged" in said
    assert "%" not in said


def test_without_shifts_the_page_says_so(claims: pd.DataFrame) -> None:
    assert shift_sentences(claims[claims["claim"] != SHIFT]).startswith("No shift")


def test_kinds_are_counted_apart_and_both_directions_are_told(claims: pd.DataFrame) -> None:
    """One plan's concepts that lose, and public sets that gain, are no common number."""
    public = claims["concept"].isin(["letter", "yes"])
    mixed = claims.assign(kind=public.map({True: PUBLIC, False: OURS}))
    ours, others = [line for line in shift_sentences(mixed).splitlines() if line[:2] == "- "]
    assert ours.startswith(f"- {OURS.capitalize()}, where what is left was planted: of 16 pairs")
    assert "4 lose part of their effect (strong and weak), none gain effect" in ours
    assert "8 are not judged, since the vector does not move the answer" in ours
    assert others.startswith(f"- {PUBLIC.capitalize()}: of 8 pairs of a concept and a shift, none")
    assert "none gain effect" in others


def test_shifts_that_change_little_are_not_counted_however_sure_they_are() -> None:
    """The old rule counted each interval of the difference that left out zero: of a shift that
    leaves 94 %, measured closely, it said "lower". What is planted there is no brittleness."""
    designs = {f"c{at}": Design(1.5, under={"USER_NEG": 0.94}) for at in range(3)}
    made = results(designs, seed=3)
    curves = brittleness.in_and_out(curve_table(made))
    of_user_neg = curves["prompt_setting"] == "USER_NEG"
    assert (curves.loc[of_user_neg, "difference_high"] < 0).all()
    said = shift_sentences(verdicts(made))
    assert "of 12 pairs of a concept and a shift, none lose part of their effect" in said
    assert "12 keep their effect" in said


def test_intervals_over_test_items_alone_are_said_to_be(claims: pd.DataFrame) -> None:
    assert "over test items alone, and narrower" in shift_sentences(claims)
    whole = claims.assign(reason="")
    assert "test items alone" not in shift_sentences(whole)


def test_medians_and_quartiles_stand_for_what_is_left(claims: pd.DataFrame) -> None:
    shifts = claims[(claims["claim"] == SHIFT) & (claims["outcome"] != NOT_STEERED)]
    low, middle, high = shifts["estimate"].quantile([0.25, 0.5, 0.75])
    said = shift_sentences(claims)
    assert f"median {words.share(middle)} (quartiles {words.interval(low, high, words.share)})" in (
        said
    )
    least = words.share(shifts["estimate"].min())
    assert least not in said.replace(words.share(0.2), "") or least == words.share(low)


def test_shifts_are_columns_of_one_row_a_concept(claims: pd.DataFrame) -> None:
    shifted = standard_shifts()
    header, _, *lines = shift_table(shifted, claims).data.splitlines()
    assert len(lines) == shifted["concept"].nunique()
    assert "| SYS_POS→ USER_NEG, left (95\u202f%) |" in header
    row = shifted[(shifted["concept"] == "strong") & (shifted["shift"] == "BASE→USER_NEG")].iloc[0]
    cells = next(line for line in lines if line.startswith("| strong ")).strip("| ").split(" | ")
    assert cells[1].startswith(words.number(row["in_distribution"]))
    assert cells[2].startswith(words.share(row["share"]))
    assert cells[2].endswith(", loses")
    inert = next(line for line in lines if line.startswith("| inert ")).strip("| ").split(" | ")
    assert inert[2:] == ["not judged"] * 4


def test_the_order_of_concepts_is_told_for_each_kind_by_itself() -> None:
    shifted = standard_shifts()
    said = agreement_sentences(brittleness.rank_agreement(shifted))
    assert f"({len(DESIGNS)}): BASE→USER_NEG " in said
    mixed = shifted.assign(
        kind=shifted["concept"].isin(["letter"]).map({True: PUBLIC, False: OURS})
    )
    lines = agreement_sentences(brittleness.rank_agreement(mixed)).splitlines()
    assert [line.split(":")[0] for line in lines if line[:2] == "- "] == [
        f"- {OURS.capitalize()} ({len(DESIGNS) - 1})"
    ]


def test_variances_of_few_concepts_have_no_order() -> None:
    curves = standard_curves()
    three = curves[curves["concept"].isin(["strong", "weak", "yes"])]
    spreads = spread_by_concept(three)
    agreement = brittleness.rank_agreement(brittleness.variance_in_and_out(spreads))
    assert "fewer than four concepts" in agreement_sentences(agreement, "the variance")
    spreads = spread_by_concept(curves)
    agreement = brittleness.rank_agreement(brittleness.variance_in_and_out(spreads))
    said = agreement_sentences(agreement, "the variance")
    assert said.count(";") == 3
    assert "over concepts of the variance" in said


def test_the_order_is_found_in_one_sentence_for_each_kind() -> None:
    agreement = pd.DataFrame(
        [(OURS, 0.7), (OURS, 0.9), (PUBLIC, 0.5), (PUBLIC, None)], columns=["kind", "rho"]
    )
    assert order_finding(agreement, "variance") == (
        "Concepts' order by variance is kept with a rank correlation of 0.70 to 0.90 for concepts "
        "of ours and 0.50 for public data sets."
    )
    assert order_finding(agreement.iloc[3:]) == ""


def test_one_side_of_zero_is_counted_where_every_interval_leaves_it_out() -> None:
    columns = ["concept", "kind", "vector_setting", "prompt_setting", "low", "high"]
    rows = [
        ("a", OURS, "BASE", "BASE", 0.5, 1.0),
        ("a", OURS, "BASE", "USER_NEG", 0.1, 0.4),
        ("a", OURS, "USER_NEG", "BASE", -1.0, 1.0),
        ("b", OURS, "BASE", "BASE", -1.0, -0.5),
        ("b", OURS, "BASE", "USER_NEG", -0.9, -0.1),
        ("c", OURS, "BASE", "BASE", 0.5, 1.0),
        ("c", OURS, "BASE", "USER_NEG", -0.1, 0.4),
        ("d", PUBLIC, "BASE", "BASE", 0.5, 1.0),
        ("d", PUBLIC, "BASE", "USER_NEG", -0.9, -0.1),
    ]
    said = sides_finding(pd.DataFrame(rows, columns=columns))
    assert said.endswith("for 2 of 3 concepts of ours and 0 of 1 public data sets.")


def test_kept_effects_are_counted_for_each_kind(claims: pd.DataFrame) -> None:
    shifts = claims[claims["claim"] == SHIFT].reset_index(drop=True)
    some = shifts.assign(outcome=["keeps its effect"] * 2 + [NOT_STEERED] * (len(shifts) - 2))
    kind = str(some["kind"].iloc[0])
    assert some["kind"].nunique() == 1
    assert kept_finding(some) == (
        "Pairs of a concept and a shift in which the vector keeps its effect: "
        f"2 of {len(some)} for {kind} (0 lose, 0 gain)."
    )
