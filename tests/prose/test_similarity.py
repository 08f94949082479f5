"""Whether vectors carry over better between alike prompts, in a sentence."""

from __future__ import annotations

import pandas as pd

from steering.analysis.similarity import relative_steerability, similarity_agreement
from steering.prose.similarity import similarity_sentences
from tests.support.synthetic import standard, standard_curves


def test_of_few_concepts_the_relation_cannot_be_judged() -> None:
    curves = standard_curves()
    three = curves[curves["concept"].isin(["strong", "weak", "yes"])]
    relative = relative_steerability(three, standard())
    assert "cannot be judged" in similarity_sentences(similarity_agreement(relative))
    assert "cannot be judged" in similarity_sentences(similarity_agreement(relative.iloc[:0]))


def test_a_known_relation_is_told_with_its_interval() -> None:
    known = pd.DataFrame([{"rho": -0.4, "low": -0.9, "high": 0.5, "pairs": 90, "concepts": 6}])
    assert "−0.40 (95\u202f% interval −0.90 to 0.50, for 6 concepts)" in similarity_sentences(known)
