"""Whether the model answers the questions at all, from what it does without a vector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.answering import (
    FLIPS,
    LEAST_EFFECT,
    SEED,
    answering,
    sign_flip_p,
    unsteered_questions,
)
from steering.records.results import Results
from tests.support.spoken import spoken
from tests.support.synthetic import Design, results

TOWARDS = {"SYS_POS": 1, "USER_POS": 1, "SYS_NEG": -1, "USER_NEG": -1}


def answered(
    *, content: float = 0.0, position: float = 0.0, persona: float = 0.0, noise: float = 0.0
) -> Results:
    """Results of a model that answers as told: its propensities at λ = 0 are chosen here."""
    measured = results({"one": Design(1.0)}, groups=60, items_per_group=1, random_vectors=0)
    draw = np.random.default_rng(3)
    of_item = dict(
        zip(measured.items["item"], draw.normal(0, noise, len(measured.items)), strict=True)
    )
    sweep = measured.sweep
    key = ["item", "prompt_setting", "order"]
    letters = measured.prompts.set_index(key)["positive_letter"]
    side = np.where(letters.loc[list(zip(*(sweep[k] for k in key), strict=True))] == "A", 1, -1)
    propensity = content + position * side + sweep["item"].map(of_item)
    propensity += persona / 2 * sweep["prompt_setting"].map(TOWARDS).fillna(0)
    still = sweep["multiplier"] == 0
    return replace(measured, sweep=sweep.assign(propensity=propensity)[still])


def gate(measured: Results) -> pd.Series:
    (row,) = (row for _, row in answering(measured).iterrows())
    return row


def test_the_parts_of_a_propensity_are_those_that_were_put_in() -> None:
    questions = unsteered_questions(answered(content=0.3, position=2.0, persona=1.0))
    base = questions[questions["prompt_setting"] == "BASE"]
    assert base["content"].to_numpy() == pytest.approx(0.3)
    assert base["position"].to_numpy() == pytest.approx(2.0)
    assert set(base["kind"]) == {"concepts of yours"}
    row = gate(answered(content=0.3, position=2.0, persona=1.0))
    assert row["content"] == pytest.approx(0.3)
    assert row["position"] == pytest.approx(2.0)
    assert row["persona"] == pytest.approx(1.0)
    assert row["personas"] == "SYS_POS and SYS_NEG"
    assert row["alike"] == 0, "the letter decides, whatever the two choices say"
    assert row["right_positive"] == 1
    assert row["right_negative"] == 1
    assert bool(row["answers"])


def test_a_model_that_names_one_letter_does_not_answer() -> None:
    """SmolLM2: the same letter on every prompt, whatever the choices and the personas say."""
    row = gate(answered(position=2.0, noise=0.05))
    assert not row["answers"]
    assert "neither what the choices say nor a persona" in row["reason"]
    assert row["alike"] == 0


def test_either_the_content_or_a_persona_is_enough() -> None:
    assert gate(answered(content=0.4, noise=0.2))["answers"]
    assert gate(answered(persona=0.6, noise=0.2))["answers"]


def test_a_difference_below_the_stated_size_is_not_enough_however_sure_it_is() -> None:
    row = gate(answered(persona=0.9 * LEAST_EFFECT))
    assert row["persona_p"] < 0.001
    assert not row["answers"]


def test_letters_without_most_of_the_probability_are_no_answer() -> None:
    measured = answered(persona=2.0)
    rare = replace(measured, sweep=measured.sweep.assign(letter_mass=0.3))
    row = gate(rare)
    assert row["letter_mass"] == pytest.approx(0.3)
    assert row["reason"] == "the two letters hold less than half of the probability"
    often = replace(measured, sweep=measured.sweep.assign(letter_mass=0.7))
    assert gate(often)["answers"]


def test_what_was_not_measured_is_unknown_and_counts_for_nothing() -> None:
    measured = answered(persona=2.0)
    row = gate(measured)
    assert np.isnan(row["letter_mass"])
    base = measured.sweep[measured.sweep["prompt_setting"] == "BASE"]
    alone = gate(replace(measured, sweep=base))
    assert alone["personas"] == ""
    assert alone["reason"].endswith("and no persona was tried")


def test_letters_mass_is_that_of_the_rows_that_have_it() -> None:
    measured = answered(persona=2.0)
    sweep = measured.sweep.assign(letter_mass=0.8)
    unknown = sweep.assign(direction="random", letter_mass=np.nan)
    row = gate(replace(measured, sweep=pd.concat([unknown, sweep])))
    assert row["letter_mass"] == pytest.approx(0.8)


def test_the_user_turn_stands_in_where_there_is_no_system_role() -> None:
    measured = answered(persona=1.0)
    without = ~measured.sweep["prompt_setting"].str.startswith("SYS")
    row = gate(replace(measured, sweep=measured.sweep[without]))
    assert row["personas"] == "USER_POS and USER_NEG"
    assert row["answers"]


def test_of_replies_the_persona_alone_counts() -> None:
    """Which of two texts is the likelier one says nothing: one of them has commoner words."""
    row = gate(spoken(answered(persona=0.6, noise=0.2)))
    assert row["answers"]
    assert row["form"] == "said"
    assert row["persona"] == pytest.approx(0.6)
    for content in (0.4, 30.0):
        row = gate(spoken(answered(content=content, noise=0.2)))
        assert row["content"] == pytest.approx(content, abs=0.1)
        assert row["content_p"] < 0.001
        assert not row["answers"]
        assert row["reason"] == "no persona in the prompt moves what it says"


def test_of_replies_little_is_not_enough_and_no_persona_is_said() -> None:
    row = gate(spoken(answered(persona=0.9 * LEAST_EFFECT)))
    assert row["persona_p"] < 0.001
    assert not row["answers"]
    measured = spoken(answered(persona=2.0))
    base = measured.sweep[measured.sweep["prompt_setting"] == "BASE"]
    alone = gate(replace(measured, sweep=base))
    assert not alone["answers"]
    assert alone["reason"].startswith("no persona was tried")


def test_of_replies_there_are_no_letters_to_part() -> None:
    measured = spoken(answered(content=0.3, persona=1.0))
    questions = unsteered_questions(measured)
    assert questions["content"].notna().all()
    assert questions[["at_a", "at_b", "position", "letter_mass"]].isna().all(axis=None)
    row = gate(measured)
    assert row[["alike", "position", "letter_mass", "prefilled"]].isna().all()
    assert row["n"] == 30
    assert row["groups"] == 12, "those of the requests"


def test_the_sign_flip_test_is_exact_for_few_groups() -> None:
    # Of the 2⁵ ways to sign five equal sums, two are as far from zero as the one seen.
    assert sign_flip_p([1.0] * 5, list("abcde")) == pytest.approx(2 / 32)
    assert sign_flip_p([1.0, 1.0, -1.0, -1.0], list("aabb")) == 1.0
    assert np.isnan(sign_flip_p([1.0, 2.0], ["a", "a"])), "one group has no other to differ from"


@pytest.mark.parametrize("groups", [2, 13, 14, 40])
def test_the_sign_flip_test_is_that_of_scipy(groups: int) -> None:
    draw = np.random.default_rng(groups)
    for mean in (0.0, 0.2, 0.5):
        values = draw.normal(mean, 1, groups)
        theirs = stats.permutation_test(
            (values,), np.sum, permutation_type="samples", n_resamples=FLIPS,
            rng=np.random.default_rng(SEED),
        )  # fmt: skip
        names = [f"{number:02}" for number in range(groups)]
        assert sign_flip_p(values, names) == theirs.pvalue


def test_labels_without_meaning_pass_the_test_at_its_rate() -> None:
    draw = np.random.default_rng(5)
    groups = [str(number) for number in range(30)]
    p = [sign_flip_p(draw.normal(0, 1, 30), groups) for _ in range(200)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.04)
