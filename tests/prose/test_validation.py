"""Sentences and the table about planted truth and what was recovered of it."""

from __future__ import annotations

import math

from steering.analysis import validation
from steering.prose.validation import planted_as, recovery_sentences, recovery_table
from steering.prose.words import number
from tests.support.synthetic import DESIGNS, standard_curves


def test_planted_and_contrastive_directions_are_told_apart() -> None:
    pooled = validation.recovery(standard_curves(), pooled=True)
    said = recovery_sentences(pooled)
    assert "correlate with planted ones at **1.000**" in said
    assert {line.split(" (")[0] for line in said.splitlines()} == {
        "- Along the planted direction",
        "- Along the contrastive vector",
    }
    clear = pooled.loc[pooled["direction"] == "contrastive", "clear"].iloc[0]
    assert f"of the {clear} curves whose planted slope is clearly not zero." in said


def test_without_truth_the_page_says_so() -> None:
    curves = standard_curves().assign(planted_steerability=math.nan)
    unknown = validation.recovery(curves, pooled=True)
    assert recovery_sentences(unknown) == "Nothing is planted for these concepts."


def card(name: str, design: str | None, cosine: float | None) -> dict[str, object]:
    return {"cosine_planted": cosine, "concept": {"name": name, "design": design}}


def test_designs_are_told_in_words() -> None:
    cards = [
        card("strong", "anti_steerable_subpopulation", 0.5),
        card("weak", None, 0.5),
        card("yes", "strong", None),
    ]
    assert planted_as(cards) == {"strong": "anti-steerable subpopulation", "yes": "strong"}
    assert planted_as([card("inert", "near_zero", 0.5)]) == {"inert": "near-zero"}


def test_a_row_holds_what_was_planted_and_what_was_found_along_both_directions() -> None:
    recovered = validation.recovery(standard_curves())
    cards = [card(name, "strong" if name == "strong" else None, 0.8) for name in DESIGNS]
    lines = recovery_table(recovered, cards).data.splitlines()
    assert len(lines) == 2 + len(DESIGNS)
    told = recovered.set_index(["direction", "concept"])
    cells = next(line for line in lines if line.startswith("| strong ")).strip("| ").split(" | ")
    assert cells[1] == "strong"
    assert cells[2] == number(told.loc[("contrastive", "strong"), "planted"])
    assert cells[3] == number(told.loc[("planted", "strong"), "recovered"])
    assert cells[4].startswith(number(told.loc[("contrastive", "strong"), "recovered"]))
    assert cells[-1] == "0.80"
    inert = next(line for line in lines if line.startswith("| inert ")).strip("| ").split(" | ")
    assert (inert[1], inert[5]) == ("–", "–")
