"""What predictors are worth, in sentences: each that is, those that are not, and none at all."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from steering.analysis.predictors import OUTCOMES
from steering.prose.predictors import (
    agreement_finding,
    correlations_table,
    dispute_sentences,
    foretold_sentences,
    judged_of,
    pairs_finding,
    worth_sentences,
)
from steering.records.kinds import OURS, PUBLIC
from steering.records.predictors import AGREEMENT, PREDICTORS, TITLES


def found(worth: tuple[str, ...] = (), models: int = 2, p: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame(
        [{"form": "chosen", "kind": kind, "predictor": name, "outcome": outcome,
          "rho": 0.05 * at + 0.01, "low": -0.2, "high": 0.7, "p": p, "q": p, "concepts": 14,
          "models": models, "error": 1.0, "baseline": 1.1, "gain": 0.17,
          "worth": name in worth and kind == OURS}
         for at, name in enumerate(PREDICTORS) for outcome in OUTCOMES for kind in (OURS, PUBLIC)]
    )  # fmt: skip


def test_none_is_said_with_the_largest_correlation() -> None:
    text = worth_sentences(found())
    assert text.startswith("**None of them is worth anything here.**")
    assert "over all 64 shown" in text
    assert (
        "alignment with the persona with the mean slope (concepts of ours, letters: ρ = 0.36"
        in text
    )


def test_those_that_are_worth_something_are_named_by_outcome_and_so_are_the_others() -> None:
    text = worth_sentences(found(("dose",)))
    told = "- For the **effect beside random vectors**: dose of λ = 1 (concepts of ours, letters: ρ"
    assert f"{told} = 0.21 (" in text
    assert "Worth nothing for any of these here: agreement of the pairs, " in text
    assert "dose of λ = 1" not in text.split("Worth nothing")[1]
    one = found(("dose",))
    one["worth"] &= one["outcome"] == "effect"
    assert "- For the **share of questions reversed**: none of them" in worth_sentences(one)


def test_one_model_alone_is_said_not_to_show_what_holds_in_another() -> None:
    text = worth_sentences(found(models=1))
    assert "With one model, whether it holds in another cannot be said." in text


def test_too_few_concepts_are_not_judged() -> None:
    assert worth_sentences(found(p=math.nan)).startswith("**Not judged**")
    assert worth_sentences(found()[:0]).startswith("**Not judged**")


def test_the_dispute_is_about_agreement_and_separation_with_their_intervals() -> None:
    text = dispute_sentences(found())
    assert "- Agreement of the pairs and mean slope: concepts of ours, letters ρ = 0.01" in text
    assert "- Separation d′ and effect beside random vectors: " in text
    assert text.count("\n- ") == 4
    assert "Dose" not in text
    assert dispute_sentences(found()[:0]).startswith("Neither finding can be looked at here")


def test_the_table_has_every_row() -> None:
    text = str(correlations_table(found(("dose",))).data)
    assert text.count("14 concepts, 2 models") == 64
    assert text.count("| yes |") == 4


def test_the_number_of_vectors_is_told() -> None:
    both = pd.DataFrame({"model": ["a", "a", "b"], "concept": ["x", "x", "x"], "form": "said"})
    assert judged_of(both) == "2 vectors of 1 concept in 2 models"


def test_a_vector_is_told_of_beside_committed_runs() -> None:
    key = {"model": "m", "concept": "c", "form": "chosen", "layer": 1}
    one = pd.DataFrame([{**key, "predictor": name, "value": 0.5} for name in PREDICTORS])
    committed = pd.DataFrame(
        [{**key, "predictor": "dose", "value": value} for value in (0.1, 0.9, 0.2)]
    )
    lines = foretold_sentences(one, committed)
    assert len(lines) == len(PREDICTORS)
    assert [line for line in lines if "committed" in line] == [
        "The vector is 0.50 times as long as the residual stream that it is added to. That is more "
        "than in 2 of 3 committed runs."
    ]


@pytest.mark.parametrize("name", PREDICTORS)
def test_what_is_not_known_is_said(name: str) -> None:
    row = {"form": "chosen", "predictor": name, "value": math.nan}
    (line,) = foretold_sentences(pd.DataFrame([row]), pd.DataFrame([row])[:0])
    assert line.startswith(TITLES[name].capitalize())
    assert "not known" in line


def test_what_is_worth_something_is_counted() -> None:
    worth = found(worth=(next(iter(PREDICTORS)),))
    said = agreement_finding(worth)
    assert said.startswith(f"{int(worth['worth'].sum())} of {len(worth)} rank correlations")
    assert agreement_finding(found(p=math.nan)) == "There are too few concepts to rank them."


def test_agreement_of_pairs_is_told_for_the_mean_slope_alone() -> None:
    rows = found()
    said = pairs_finding(rows)
    assert said.startswith("The agreement of a vector's training pairs and its mean slope")
    there = rows[(rows["predictor"] == AGREEMENT) & (rows["outcome"] == "slope")]
    assert said.count(" for ") == len(there)
    zero = pairs_finding(rows.assign(low=-0.5, high=0.5))
    assert zero.count("not told apart from none") == len(there)
    assert pairs_finding(rows.assign(rho=math.nan)).startswith("There are too few concepts")
