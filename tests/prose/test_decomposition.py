"""Sentences and the table about the shares of letter and word."""

from __future__ import annotations

from steering.analysis.decomposition import decomposition
from steering.prose.decomposition import factor_table, factors_sentences
from tests.support.synthetic import standard_curves


def test_factors_name_the_concept_and_what_has_no_share() -> None:
    curves = standard_curves()
    found = decomposition(curves)
    said = factors_sentences(found)
    most = found.query("method == 'Shapley' and factor == 'explained'").sort_values("share")
    assert f"most of the variance on {most['concept'].iloc[-1]}: " in said
    assert "There is no" not in said
    risk = curves.assign(
        positive_is_yes=curves["positive_is_yes"].mask(curves["concept"] == "weak")
    )
    without = decomposition(risk)
    assert "There is no Yes/No in the format of 1 of 6 concepts (weak)" in factors_sentences(
        without
    )
    row = next(line for line in factor_table(without).data.splitlines() if "weak" in line)
    assert row.count("none in this format") == 2


def test_where_nothing_varies_nothing_is_explained() -> None:
    flat = standard_curves().query("concept == 'strong'").assign(steerability=1.0)
    said = factors_sentences(decomposition(flat))
    assert said.startswith("Nothing varies here that could be explained.")
