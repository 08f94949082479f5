"""A given vector, whose training pairs are unknown, is held to random vectors alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from steering.analysis.controls import controls
from steering.analysis.curves import select
from steering.analysis.statistics import training_pairs
from steering.analysis.variability import by_concept
from steering.analysis.verdict.letter import letter_verdicts
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.nulls import beside_nulls
from steering.analysis.verdict.outcomes import LETTER, MOVES, PAIRS_UNKNOWN, TOO_LITTLE, of_claim
from steering.analysis.verdict.question import question_verdicts
from steering.analysis.verdict.shift import shift_verdicts
from steering.analysis.verdict.table import verdicts
from steering.figures.controls import names_of
from steering.prose.brittleness import shift_sentences
from steering.prose.controls import (
    control_table,
    controls_sentences,
    controls_sentences_over,
)
from steering.prose.first_page import wrong
from steering.prose.letters import letter_sentences
from steering.prose.variability import concept_sentences, question_sentences
from steering.records.verdicts import read_verdicts, write_verdicts
from tests.support.synthetic import standard, standard_answers, standard_curves

BY = ["model", "concept", "kind", "form"]
NEVER = ("resampled", "shuffled")
NO_CHANGES = pd.DataFrame({"concept": []})


def as_given(curves: pd.DataFrame, *, vectors: int | None = None) -> pd.DataFrame:
    """The curves as they would be, had the vector come in a file: no controls made of pairs."""
    kept = curves[~curves["direction"].isin(NEVER) & (curves["vector_setting"] == "BASE")]
    if vectors is not None:
        kept = kept[(kept["direction"] != "random") | (kept["number"] < vectors)]
    return kept.assign(maker=np.where(kept["direction"] == "planted", "trained", "given"))


def at_home(curves: pd.DataFrame) -> pd.DataFrame:
    """BASE→BASE."""
    return select(curves, direction=None)


def steering(curves: pd.DataFrame) -> pd.DataFrame:
    return of_claim(steering_verdicts(curves, standard_answers()), "steering")


@cache
def given() -> pd.DataFrame:
    """The standard curves, all of their vectors given."""
    return as_given(standard_curves())


@cache
def judged_as_given() -> pd.DataFrame:
    return steering(given())


@cache
def judged_as_made() -> pd.DataFrame:
    return steering(standard_curves())


def test_its_p_is_that_under_random_vectors_and_its_interval_is_over_items_alone() -> None:
    found = beside_nulls(at_home(given()), "steerability", BY).set_index("concept")
    made = beside_nulls(at_home(standard_curves()), "steerability", BY).set_index("concept")
    assert found["alone"].all()
    assert not made["alone"].any()
    np.testing.assert_allclose(found["p"], found["p_random"])
    np.testing.assert_allclose(found["p_random"], made["p_random"])
    assert (found["reason"] == "").all()
    assert (found["vectors_resampled"] == 0).all()
    own = select(standard_curves())
    alone = training_pairs.means(own, "steerability", ["concept"]).set_index("concept")
    np.testing.assert_allclose(found["low"], alone.loc[found.index, "low"])


def test_one_given_among_those_made_here_leaves_these_as_they_were() -> None:
    curves = standard_curves()
    first = curves["concept"].iloc[0]
    mixed = pd.concat(
        [as_given(curves[curves["concept"] == first]), curves[curves["concept"] != first]],
        ignore_index=True,
    )
    found = beside_nulls(mixed, "steerability", BY).set_index("concept")
    made = beside_nulls(curves, "steerability", BY).set_index("concept")
    assert found["alone"].to_dict() == {name: name == first for name in found.index}
    rest = made.index.drop(first)
    pd.testing.assert_frame_equal(found.loc[rest], made.loc[rest], check_like=True)


def test_the_verdicts_say_that_the_training_pairs_are_unknown() -> None:
    curves, verdicts = given(), judged_as_given()
    assert (verdicts["outcome"] == MOVES).any()
    judged = [verdicts, of_claim(letter_verdicts(curves), LETTER), question_verdicts(curves)]
    for table in judged:
        assert set(table["reason"]) == {PAIRS_UNKNOWN}
        assert not (table["outcome"] == TOO_LITTLE).any()
    shifts = shift_verdicts(curves, verdicts)
    assert set(shifts["reason"]) == {PAIRS_UNKNOWN}
    assert set(shifts["subject"]) == {"BASE→USER_NEG", "BASE→USER_POS"}
    assert (judged_as_made()["reason"] == "").all()


def test_the_table_of_verdicts_can_be_stored_where_every_vector_was_given(tmp_path: Path) -> None:
    found = standard()
    tables = {name: as_given(getattr(found, name)) for name in ("sweep", "steerability")}
    table = verdicts(replace(found, **tables))
    stored = read_verdicts(write_verdicts(table, tmp_path / "verdicts.parquet"))
    assert {"steering", "letter", "shift", "question", "prompting"} <= set(stored["claim"])
    assert (of_claim(stored, "steering")["reason"] == PAIRS_UNKNOWN).all()


def test_too_few_random_vectors_are_too_little_data() -> None:
    found = steering(as_given(standard_curves(), vectors=9))
    assert set(found["outcome"]) == {TOO_LITTLE}
    assert set(found["reason"]) == {"9 random vectors, and at least 10 are needed"}


@pytest.mark.parametrize("outcome", ["moves the answer", "cannot be told apart from chance"])
def test_sentences_name_the_controls_that_a_verdict_rests_on(outcome: str) -> None:
    told = concept_sentences(judged_as_given().assign(outcome=outcome), NO_CHANGES)
    assert "random vectors and vectors of shuffled labels" not in told
    assert "its training pairs are unknown: the verdict rests on random vectors alone" in told
    made = concept_sentences(judged_as_made().assign(outcome=outcome), NO_CHANGES)
    assert "random vectors and vectors of shuffled labels" in made
    assert "unknown" not in made


def test_so_do_those_about_letters_questions_shifts_and_controls() -> None:
    curves, verdicts = given(), judged_as_given()
    assert "training pairs are unknown" in letter_sentences(letter_verdicts(curves))
    moved = verdicts[verdicts["outcome"] == MOVES]
    assert "training pairs are unknown: they are called those of BASE" in shift_sentences(
        shift_verdicts(curves, moved)
    )
    one = controls(curves[curves["concept"] == moved["concept"].iloc[0]])
    assert one["given"].all()
    assert names_of(one)["contrastive"] == "given vector"
    said = controls_sentences(one.assign(outcome=MOVES))
    assert "no vectors of shuffled labels here: the vector was given" in said
    assert "given vector" in control_table(one).data
    assert not controls(standard_curves())["given"].any()


def test_pages_over_several_concepts_name_those_whose_vector_was_given() -> None:
    curves, verdicts = standard_curves(), judged_as_made()
    first = str(curves["concept"].iloc[0])
    rows = controls(pd.concat([as_given(curves[curves["concept"] == first]),
                               curves[curves["concept"] != first]]))  # fmt: skip
    said = controls_sentences_over(rows.assign(outcome=MOVES))
    assert f"There are no vectors of shuffled labels for {first}: the vector was given" in said
    assert "was given" not in controls_sentences_over(controls(curves).assign(outcome=MOVES))
    pooled = pd.DataFrame({"model": []})
    assert "was given" not in wrong(verdicts, pooled)
    unknown = verdicts.assign(reason=verdicts["concept"].map({first: PAIRS_UNKNOWN}).fillna(""))
    assert f"The vector of {first} was given" in wrong(unknown, pooled)


def test_questions_tested_one_by_one_are_held_to_random_vectors() -> None:
    curves = given()
    one = curves[curves["concept"] == curves["concept"].iloc[0]]
    said = question_sentences(by_concept(one), question_verdicts(one))
    assert "by more than random vectors alone explain (its training pairs are unknown)" in said
