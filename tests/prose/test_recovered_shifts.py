"""What is said of ratios against what was planted follows from their table."""

from __future__ import annotations

from typing import Any

import pytest

from steering.analysis.curves import curve_table
from steering.analysis.recovered_shifts import setting_ratios, with_cosines
from steering.analysis.similarity import cosines
from steering.figures.caption import Captioned
from steering.prose import recovered_shifts
from steering.prose.quartiles import quartiles
from tests.support.synthetic import Design, results, standard, standard_curves


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    shown: list[Any] = []
    monkeypatch.setattr(recovered_shifts, "display", lambda *each: shown.extend(each))
    return shown


def test_where_no_ratio_is_known_it_is_said_in_a_sentence(displayed: list[Any]) -> None:
    none = setting_ratios(standard_curves().iloc[:0])
    recovered_shifts.show_prompts(none, ["inert"], "nothing")
    recovered_shifts.show_vectors(with_cosines(none, cosines(standard().cards)), "nothing")
    assert [one.data for one in displayed] == [recovered_shifts.NONE] * 2


def test_ratios_are_told_by_their_quartiles_and_not_by_the_furthest() -> None:
    designs = {
        "brittle": Design(1.5, group_sd=0.2, under={"USER_NEG": 0.2}),
        "even": Design(1.5, group_sd=0.2),
    }
    ratios = setting_ratios(curve_table(results(designs)))
    prompts = ratios[ratios["shifted"] == "prompt"]
    said = recovered_shifts.ratios_sentences(prompts)
    held = int(prompts["holds"].sum())
    assert f"holds what is planted for {held} of 8 pairs of a concept and a setting (" in said
    assert quartiles(prompts["distance"].abs()) in said
    assert "A ratio other than 1 was planted for brittle (planted 0.20; measured 0." in said
    far = (prompts["concept"] == "even") & (prompts["setting"] == "SYS_POS")
    off = prompts.assign(
        ratio=prompts["ratio"].where(~far, 0.5), distance=prompts["distance"].where(~far, -0.5)
    )
    assert "0.50" not in recovered_shifts.ratios_sentences(off)
    rows = recovered_shifts.ratio_table(prompts).data.splitlines()
    assert rows[0] == "| Concept | SYS_POS | SYS_NEG | USER_POS | USER_NEG |"
    assert len(rows) == 4
    assert rows[2].endswith("planted 0.20 |")
    assert recovered_shifts.left_out([]) == ""
    assert recovered_shifts.left_out(["inert"]).startswith("Inert is left out, because")


def test_concepts_without_a_ratio_are_named_with_the_others(displayed: list[Any]) -> None:
    ratios = setting_ratios(standard_curves())
    recovered_shifts.show_prompts(ratios, ["inert"], "some")
    said, figure, rows = displayed
    assert said.data.endswith(recovered_shifts.left_out(["inert"]))
    assert isinstance(figure, Captioned)
    assert figure.finding.startswith("In size, the measured ratio differs from the planted one by")
    assert figure.finding not in said.data
    assert len(rows.data.splitlines()) == 2 + ratios["concept"].nunique()


def test_vectors_that_turn_are_named_with_their_cosine(displayed: list[Any]) -> None:
    ratios = setting_ratios(standard_curves())
    truth = cosines(standard().cards)[["concept", "vector_setting", "layer"]]
    truth = truth.assign(planted_cosine=0.6)
    vectors = with_cosines(ratios, cosines(standard().cards), truth)
    turned = (vectors["concept"] == "strong") & (vectors["setting"] == "USER_POS")
    recovered_shifts.show_vectors(vectors.assign(moved=turned), "some")
    said = displayed[0].data
    assert "to turn are those of strong (cosine with the BASE vector: 0.97; planted: 0.60)." in said
    assert "The cosine of all other vectors with it: median 0.9" in said


def test_where_no_vector_turns_none_is_named(displayed: list[Any]) -> None:
    vectors = with_cosines(setting_ratios(standard_curves()), cosines(standard().cards))
    recovered_shifts.show_vectors(vectors, "some")
    assert "turn" not in displayed[0].data
