"""Whether vectors carry over better between alike prompts, in a sentence."""

from __future__ import annotations

import pandas as pd

from steering.analysis.similarity import relative_steerability, similarity_agreement
from steering.prose.similarity import cosines_finding, similarity_sentences
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import standard, standard_curves


def test_of_few_concepts_the_relation_cannot_be_judged() -> None:
    curves = standard_curves()
    three = curves[curves["concept"].isin(["strong", "weak", "yes"])]
    relative = relative_steerability(three, standard())
    assert "cannot be judged" in similarity_sentences(similarity_agreement(relative))
    assert "cannot be judged" in similarity_sentences(similarity_agreement(relative.iloc[:0]))


def test_a_known_relation_is_told_with_its_interval() -> None:
    row = {"kind": OURS, "rho": -0.4, "low": -0.9, "high": 0.5, "pairs": 90, "concepts": 6}
    known = pd.DataFrame([row, row | {"kind": PUBLIC, "rho": 0.3}])
    said = similarity_sentences(known)
    assert f"−0.40 for {OURS} (95\u202f% interval −0.90 to 0.50, for 6 concepts)" in said
    assert f"and 0.30 for {PUBLIC} (" in said


def test_cosines_with_base_leave_out_base_itself() -> None:
    columns = ["model", "concept", "kind", "vector_setting", "cosine", "cosine_planted"]
    rows = [
        ("wren", "a", OURS, "BASE", 1.0, 0.75),
        ("wren", "a", OURS, "USER_POS", 0.5, 0.75),
        ("wren", "b", PUBLIC, "USER_POS", 0.25, float("nan")),
    ]
    cosines = pd.DataFrame(rows, columns=columns)
    assert cosines_finding(cosines) == (
        "The vectors of other prompt settings have a cosine with that of BASE of 0.50 for concepts "
        "of ours and 0.25 for public data sets; that of BASE has one with the planted direction of "
        "0.75."
    )
    assert "planted" not in cosines_finding(cosines[cosines["concept"] == "b"])
    assert cosines_finding(cosines[:1]) == "Vectors of other prompt settings were not made here."
