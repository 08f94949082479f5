"""Sentences about controls say what their tables say, and call steerable only what is so."""

from __future__ import annotations

import pandas as pd

from steering.analysis.controls import VECTOR, controls, prompting
from steering.prose import controls as told
from steering.prose.words import number, share
from tests.support.synthetic import DESIGNS, OTHER, standard, standard_curves


def of(concept: str) -> pd.DataFrame:
    return controls(standard_curves().query("concept == @concept"))


def test_a_steered_concept_is_told_in_shares() -> None:
    rows = of("strong")
    said = told.controls_sentences(rows)
    kinds = rows.set_index("control")
    assert f"keeps **{share(kinds['ratio']['perturbed'])}**" in said
    assert f"The vector of {OTHER} does **{share(kinds['ratio']['other'])}**" in said
    assert f"reaches **{share(1 / kinds['ratio']['planted'])}**" in said
    assert said.count("is beyond chance") == 1
    assert "they rarely do as much as the vector" in said
    assert "p <\u00a00.001" in said
    lines = told.control_table(rows).data.splitlines()
    assert len(lines) == 2 + len(rows)
    assert f"another concept's ({OTHER})" in "".join(lines)


def test_shares_of_a_slope_that_may_be_chance_are_not_told() -> None:
    said = told.controls_sentences(of("inert"))
    assert "no more than chance" in said
    assert "Shares of a slope that may be chance are not given." in said
    strong = of("strong")
    few = strong.assign(beyond_chance=strong["beyond_chance"].mask(strong["control"] == "random"))
    assert "not given" in told.controls_sentences(few)
    assert "too few for a test" in told.controls_sentences(few)


def test_over_concepts_only_those_beyond_chance_count() -> None:
    rows = controls(standard_curves())
    said = told.controls_sentences_over(rows)
    beyond = rows.query("control == 'random'")["beyond_chance"].sum()
    assert f"Beside random vectors, the effect is beyond chance on {beyond} of 6 concepts" in said
    labels = rows.query("control == 'shuffled'")["beyond_chance"].sum()
    assert f"The labels matter on {labels} of 6 concepts" in said
    kept = rows.query("control == 'perturbed' and concept != 'inert'")["ratio"]
    assert f"keeps {share(kept.min())}" in said
    assert "steered beyond chance" in said
    table = told.controls_table(rows).data.splitlines()
    assert len(table) == 2 + len(DESIGNS)
    inert = rows[rows["concept"] == "inert"]
    assert "keeps" not in told.controls_sentences_over(inert)
    bare = rows[rows["control"] == "contrastive"]
    assert told.controls_sentences_over(bare) == "No controls were measured here."
    assert "–" in told.controls_table(bare).data
    assert "Another concept's" in table[0]
    assert "Another concept's" not in told.controls_table(bare).data


def test_the_prompt_beside_the_vector() -> None:
    rows = prompting(standard_curves(), standard())
    one = rows[rows["concept"] == "strong"]
    # Prompts do nothing in these results, and the vector much: it is always ahead.
    assert "in 0 of 4 cases**, and less far in 4" in told.prompting_sentences(one)
    table = told.prompting_table(one).data.splitlines()
    assert len(table) == 2 + 6
    assert table[2].startswith(f"| SYS_POS, no vector | {number(0)} (")
    assert table[4].startswith("| the vector, λ = 1 | 2.")
    assert table[4].endswith("| – |")
    assert "of 24 cases of 6 concepts" in told.prompting_sentences(rows)
    assert "BASE was measured" in told.prompting_sentences(one[one["means"] == VECTOR])
    far = prompting(standard_curves(), standard(), multiplier=9.0)
    assert "was not measured at" in told.prompting_sentences(far)
