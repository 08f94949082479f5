"""Models side by side, in sentences, tables and figures."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.curves import select
from steering.analysis.variability import by_concept
from steering.analysis.verdict.outcomes import CHANCE, NO_ANSWER
from steering.analysis.verdict.table import with_outcomes
from steering.figures.caption import Captioned
from steering.prose import across
from steering.prose.across import (
    model_table,
    models_described,
    models_sentences,
    pair_finding,
    show_pairs,
)
from steering.records.kinds import OURS
from tests.support.synthetic import standard_curves, standard_verdicts


def test_one_model_and_two() -> None:
    claims = standard_verdicts()
    assert "This report has one model" in models_sentences(claims)
    said = models_sentences(pd.concat([claims, claims.assign(model="finch")]))
    assert "This report has one model" not in said
    assert said.count("the vector moves the answer on 4 of 6 (letter, strong, weak and yes)") == 2
    found = with_outcomes(by_concept(standard_curves()), claims)
    two = pd.concat([found, found.assign(model="finch")])
    table = model_table(two).data
    assert "| Concept | wren | finch |" in table
    assert table.count(f"; {CHANCE} |") == 4, "where the answer is not moved, the verdict says so"


def test_designs_stand_beside_names_where_truth_is_planted() -> None:
    cards = [
        {"cosine_planted": cosine, "concept": {"name": name, "design": design}}
        for name, design, cosine in (
            ("strong", "anti_steerable_subpopulation", 0.5),
            ("weak", None, 0.5),
            ("yes", "strong", None),
        )
    ]
    found = with_outcomes(by_concept(standard_curves()), standard_verdicts())
    said = model_table(found, cards).data
    assert "| Concept | Planted as | wren |" in said
    assert "| strong | anti-steerable subpopulation | " in said
    assert "| yes | – | " in said
    assert "| Concept | wren |" in model_table(found).data


def test_pairs_of_models_have_a_figure_each(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(across, "display", shown.append)
    curves, claims = standard_curves(), standard_verdicts()
    fewer = curves[curves["concept"] != "weak"].assign(model="finch")
    both = pd.concat([curves, fewer])
    judged = pd.concat([claims, claims.assign(model="finch")])
    pairs = between_models(concept_means(both))
    show_pairs(pairs, model_agreement(pairs), select(both), judged, "95 %, somehow")
    assert [type(one) for one in shown] == [Captioned]
    assert "in wren and in finch" in shown[0].text
    assert shown[0].n.startswith("5 concepts, each with")
    alone = between_models(concept_means(curves))
    show_pairs(alone, model_agreement(alone), select(curves), claims, "95 %, somehow")
    assert "No two models" in shown[1].data
    # What a model does that ignores the choices is no effect to be compared.
    shown.clear()
    mute = claims.assign(model="finch", outcome=NO_ANSWER)
    judged = pd.concat([claims, mute])
    show_pairs(pairs, model_agreement(pairs), select(both), judged, "95 %, somehow")
    (sentence,) = shown
    assert sentence.data == (
        "finch answers the questions of 0 of 6 concepts: it is not compared with other models."
    )


def test_each_model_is_described_once() -> None:
    model = {
        "name": "wren_2",
        "architecture": "LlamaForCausalLM",
        "parameters": 2_230_400,
        "layers": 8,
        "width": 128,
    }
    card = {"model": model, "device": "cpu", "dtype": "float32"}
    rows = models_described([card, card | {"device": "cuda"}]).data.splitlines()
    assert rows[2:] == ["| wren&#95;2 | LlamaForCausalLM | 2.2 million | 8 | 128 | cpu, float32 |"]


def test_models_are_counted_in_one_sentence() -> None:
    claims = standard_verdicts()
    both = pd.concat([claims, claims.assign(model="finch")])
    assert across.models_finding(both) == (
        "The vector moves the answer on 4 of 6 concepts in wren and 4 of 6 concepts in finch."
    )
    assert across.models_finding(claims.iloc[:0]) == ""


def test_a_pair_of_models_is_found_alike_in_distribution_only() -> None:
    columns = ["model_x", "model_y", "shift", "kind", "rho", "low", "high"]
    rows = [
        ("wren", "finch", "BASE→BASE", OURS, 0.9, 0.8, 0.95),
        ("wren", "finch", "SYS_POS→USER_NEG", OURS, 0.1, -0.4, 0.5),
    ]
    ranked = pd.DataFrame(rows, columns=columns)
    assert pair_finding(ranked) == (
        "In distribution, the mean slopes of concepts in wren and in finch have a rank correlation "
        "of 0.90 (0.80\u00a0to\u00a00.95) for concepts of ours."
    )
    few = pair_finding(ranked.assign(rho=math.nan))
    assert few == "wren and finch share too few concepts of a kind to compare their order."
