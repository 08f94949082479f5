"""Sentences and the table about planted truth and what was recovered of it."""

from __future__ import annotations

import math

from steering.analysis import validation
from steering.analysis.planted_claims import claims_on_truth
from steering.prose.validation import (
    AGAINST,
    CLAIMS,
    claims_table,
    covered_table,
    means_finding,
    panels_finding,
    planted_as,
    recovery_finding,
    recovery_sentences,
    recovery_table,
)
from steering.prose.words import interval, number, share
from tests.support.synthetic import DESIGNS, standard_curves, standard_verdicts


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


def test_intervals_that_hold_the_truth_are_a_table_with_both_truths() -> None:
    covered = validation.covered_truth(standard_curves())
    header, _, *lines = covered_table(covered).data.splitlines()
    assert "Hold it in BASE→BASE (95\u202f%)" in header
    assert [line.strip("| ").split(" | ")[0] for line in lines] == list(AGAINST.values())
    row = covered[(covered["direction"] == "contrastive") & (covered["against"] == "planted")]
    home = row[row["settings"] == validation.HOME].iloc[0]
    band = interval(home["low"], home["high"], share)
    cells = lines[1].replace("\u00a0", " ").strip("| ").split(" | ")
    assert cells[1] == f"{home['held']} of {len(DESIGNS)} ({band})"
    assert covered_table(covered.iloc[:0]).data.startswith("Nothing is planted")


def test_claims_are_told_with_those_that_are_false_and_missed() -> None:
    claims = standard_verdicts()
    found = claims_on_truth(claims, standard_curves())
    lines = claims_table(found).data.splitlines()[2:]
    assert [line.strip("| ").split(" | ")[0] for line in lines] == list(CLAIMS.values())
    letter = lines[1].strip("| ").split(" | ")
    assert letter[1:3] == [str(len(DESIGNS)), "1"]
    assert letter[3].startswith("0 (0 to ")
    assert letter[4] == "1"
    assert claims_table(found.iloc[:0]).data.startswith("Nothing is planted")
    none = found.assign(made=0, true=0, false=math.nan, false_low=math.nan, false_high=math.nan)
    assert claims_table(none).data.splitlines()[2].strip("| ").split(" | ")[3] == "–"


def test_recovery_is_found_in_one_sentence() -> None:
    pooled = validation.recovery(standard_curves(), pooled=True)
    row = pooled[pooled["direction"] == "contrastive"].iloc[0]
    said = recovery_finding(pooled)
    assert f"planted ones at {row['correlation']:.3f} (" in said
    assert said.endswith("logits per unit of λ.")
    assert recovery_finding(pooled.iloc[:0]) == ""


def test_findings_about_planted_slopes_are_those_of_their_tables() -> None:
    curves = standard_curves()
    recovered = validation.recovery(curves)
    along = recovered[recovered["direction"] == "contrastive"]
    varied = along.dropna(subset="correlation")
    said = panels_finding(along, along["concept"])
    assert said.startswith(f"Within {len(varied)} concept")
    assert f"least in {varied.loc[varied['correlation'].idxmin(), 'concept']} (" in said
    assert panels_finding(along, []) == "Within no concept do the planted slopes vary."
    covered = validation.covered_truth(curves)
    rows = covered.set_index(["direction", "against", "settings"])
    row = rows.loc[("contrastive", "planted", "BASE→BASE")]
    assert f"for {row['held']} of {row['intervals']} concepts (" in means_finding(covered)
    assert f"lie {number(row['distance'])} logits" in means_finding(covered)
