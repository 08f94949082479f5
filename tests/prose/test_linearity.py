"""Sentences and the table about how straight the curves are."""

from __future__ import annotations

import math

import pandas as pd

from steering.analysis import dose, linearity
from steering.analysis.curves import select
from steering.prose.linearity import (
    curvature_finding,
    layers_finding,
    range_finding,
    range_sentences,
    shape_table,
)
from steering.prose.quartiles import quartiles
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import standard, standard_curves


def test_ranges_are_those_of_the_table() -> None:
    ranges = linearity.by_range(select(standard_curves()), standard())
    said = range_sentences(ranges)
    assert "fitted to |\u2060λ\u2060| ≤ 0.5 instead of 1.5:" in said
    assert "- Concepts of yours: median " in said
    assert "The concepts' order agrees at ρ = " in said
    few = ranges.assign(rho=math.nan)
    assert "their order says nothing" in range_sentences(few)


def test_each_concept_has_a_row_with_its_dose() -> None:
    more = {"vector_norms": {"BASE": 2.0}, "residual_norm": 8.0, "multipliers": [-1.5, 0, 1, 1.5]}
    doses = dose.doses([card | more for card in standard().cards])
    shaped = linearity.by_concept(linearity.shapes(select(standard_curves()), standard()))
    lines = shape_table(shaped, doses).data.splitlines()
    assert len(lines) == 2 + len(shaped)
    assert "at λ = 1.5 |" in lines[0]
    assert all(line.split(" | ")[1] == "0.38" for line in lines[2:])


def test_kinds_are_told_apart() -> None:
    curves = select(standard_curves())
    ours = curves["concept"].isin(["strong", "weak"])
    mixed = curves.assign(kind=ours.map({True: OURS, False: PUBLIC}))
    ranges = linearity.by_range(mixed, standard())
    assert ranges[ranges["kind"] == OURS]["rho"].isna().all()
    lines = [line for line in range_sentences(ranges).splitlines() if line[:2] == "- "]
    assert lines[0].startswith(f"- {OURS.capitalize()}: ")
    assert "their order says nothing" in lines[0]
    assert "agrees at ρ = " in lines[1]


def test_ranges_and_curvatures_are_found_in_one_sentence_each() -> None:
    curves = select(standard_curves())
    ranges = linearity.by_range(curves, standard())
    kind = str(ranges["kind"].iloc[0])
    said = range_finding(ranges)
    assert said.startswith("Fitted to |λ| ≤ ")
    assert said.count(f"for {kind}") == 1
    wide = ranges[ranges["reach"] == ranges["reach"].max()].set_index("concept")["mean"]
    narrow = ranges[ranges["reach"] == ranges["reach"].min()].set_index("concept")["mean"]
    assert quartiles(narrow - wide) in said
    shaped = linearity.by_concept(linearity.shapes(curves, standard()))
    assert quartiles(shaped["curvature"]) in curvature_finding(shaped)


def test_layers_are_counted_and_what_is_near_is_not_told_apart() -> None:
    columns = ["concept", "layer", "mean", "low", "high", "chosen"]
    rows = [
        ("a", 3, 1.0, 0.8, 1.2, True),
        ("a", 4, 0.9, 0.7, 1.1, False),
        ("b", 3, 0.2, 0.1, 0.3, False),
        ("b", 4, 2.0, 1.8, 2.2, True),
    ]
    slopes = pd.DataFrame(rows, columns=columns)
    said = layers_finding(slopes)
    assert said.startswith(
        "Of 2 layers, the vector acts at layer 3 for 1 concept and layer 4 for 1 concept; on 1 of 2"
    )
    alone = slopes.assign(low=math.nan)
    assert layers_finding(alone).endswith("layer 4 for 1 concept.")
