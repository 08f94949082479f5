"""Sentences say the λ that equals a persona, its dose, and whether the two add up."""

from __future__ import annotations

import math

import pandas as pd

from steering.prose.personas import personas_sentences, personas_table
from steering.records.kinds import OURS

RUN = {"model": "wren", "concept": "tidy", "kind": OURS}
EQUAL = {
    **RUN, "persona": "SYS_POS", "towards": 1, "equal": 1.2, "equal_low": 1.0, "equal_high": 1.5,
    "dose": 0.3, "dose_low": 0.25, "dose_high": 0.375, "reach": 1.5, "bounded": True, "groups": 40,
    "vectors_resampled": 50,
}  # fmt: skip
BOTH = {
    **RUN, "persona": "SYS_POS", "towards": 1, "vector_alone": 2.0, "vector_alone_low": 1.9,
    "vector_alone_high": 2.1, "beyond": 1.5, "beyond_low": 1.3, "beyond_high": 1.7, "extra": -0.5,
    "extra_low": -0.7, "extra_high": -0.3, "n": 80, "groups": 40,
}  # fmt: skip


def told(both: dict[str, float] | None = None, **equal: float) -> str:
    one = pd.DataFrame([EQUAL | equal])
    return personas_sentences(one, pd.DataFrame([BOTH | (both or {})]))


def test_the_multiplier_has_its_interval_and_its_dose() -> None:
    text = told().replace("\u00a0", " ")
    assert "the persona of SYS_POS at λ = 1.20 (1.00 to 1.50)**" in text
    assert "a dose of 0.30 (0.25 to 0.38)" in text
    assert "beyond the largest" not in text
    assert "beyond the largest λ that was measured, 1.5" in told(equal=3.0)
    assert "a dose" not in told(dose=math.nan)
    assert "cannot be told: the interval of the vector's slope holds zero" in told(bounded=False)


def test_only_what_is_large_and_clear_is_said_of_both_together() -> None:
    assert "together they do less than the sum of both: −0.50" in told()
    more = told({"extra": 0.5, "extra_low": 0.3, "extra_high": 0.7})
    assert "together they do more than the sum" in more
    assert "no clear difference" in told({"extra": -0.05, "extra_low": -0.07, "extra_high": -0.03})
    assert "no clear difference" in told({"extra": -0.5, "extra_low": -1.1, "extra_high": 0.1})


def test_the_users_turn_is_told_where_there_is_no_system_role() -> None:
    one, both = pd.DataFrame([EQUAL]), pd.DataFrame([BOTH])
    of_user = personas_sentences(one.assign(persona="USER_POS"), both.assign(persona="USER_POS"))
    assert "persona of USER_POS" in of_user
    assert personas_sentences(one.iloc[:0], both.iloc[:0]) == ""


def test_the_table_has_a_row_for_each_persona_also_where_one_part_is_missing() -> None:
    two = pd.DataFrame([EQUAL, EQUAL | {"persona": "SYS_NEG", "towards": -1}])
    lines = personas_table(two, pd.DataFrame([BOTH])).data.splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| SYS_POS | 1.20")
    assert lines[3].endswith("| – | – | – |")
