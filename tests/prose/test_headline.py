"""The headline: counts over models that answer, and a sentence for each that does not."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.verdict.outcomes import CHANCE, CROSSED, MOVES, NO_ANSWER
from steering.prose.headline import in_free_text, rows_in_free_text, together
from tests.support.many import MANY, MIXED, verdicts


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (5, "**On 2 of 2 concepts of ours the vector moves the answer in both models.**"),
        (4, "**On 1 of 2 concepts of ours the vector moves the answer in both models.**"),
        (0, "**On 0 of 2 concepts of ours the vector moves the answer in both models.**"),
    ],
)
def test_what_two_models_share(second: int, wanted: str) -> None:
    both = pd.concat([verdicts(MIXED, 5), verdicts(MIXED, second, model="finch")])
    text = together(both)
    assert wanted in text
    assert "of 5" not in text, "kinds are never counted together"
    neither = together(pd.concat([verdicts(MIXED, 2), verdicts(MIXED, 2, model="x")]))
    assert "moves the answer in both models, on 2 in none (frugal and tidy).**" in neither


def test_many_concepts_in_none_are_counted_and_not_named() -> None:
    both = pd.concat([verdicts(MANY, 20), verdicts(MANY, 3, model="finch")])
    assert "On 3 of 27 concepts of yours the vector moves the answer in both models, on 7 in" in (
        together(both)
    )
    assert "c26" not in together(both)


def test_a_model_that_answers_nothing_is_told_by_itself() -> None:
    ours = pd.concat([verdicts(MIXED, 5), verdicts(MIXED, 4, model="finch")])
    silent = verdicts(MIXED, 0, model="real").assign(outcome=NO_ANSWER)
    text = together(pd.concat([ours, silent]))
    # What the others have in common stays as it is, but for their names.
    assert "On 1 of 2 concepts of ours the vector moves the answer in wren and finch" in text
    assert "**real does not answer the questions of any of its 5 concepts, so that" in text
    one = silent[silent["concept"] == silent["concept"].iloc[0]]
    assert together(one) == (
        "**real does not answer the questions of its one concept, so that nothing can be said "
        "about vectors there.**"
    )
    some = pd.concat([one, verdicts(MIXED, 5, model="real").iloc[1:]])
    assert "does not answer" not in together(some)


def test_a_model_that_answers_on_few_concepts_is_told_by_itself_too() -> None:
    ours = pd.concat([verdicts(MIXED, 5), verdicts(MIXED, 4, model="finch")])
    mute = verdicts(MIXED, 0, model="real").assign(outcome=NO_ANSWER)
    answered = mute["concept"] == mute["concept"].iloc[0]
    few = mute.assign(outcome=mute["outcome"].mask(answered, CHANCE))
    text = together(pd.concat([ours, few]))
    assert "On 1 of 2 concepts of ours the vector moves the answer in wren and finch" in text
    assert (
        "**real answers the questions of 1 of its 5 concepts: on the other 4, nothing can be said "
        "about vectors.**"
    ) in text


def test_a_concept_that_not_every_model_has_is_not_counted_as_in_none() -> None:
    fewer = verdicts(MIXED, 5, model="finch")
    fewer = fewer[fewer["concept"] != "frugal"]
    text = together(pd.concat([verdicts(MIXED, 5), fewer]))
    assert (
        "On 1 of 1 concepts of ours the vector moves the answer in both models (1 more was not "
        "measured in all of them).**"
    ) in text


def test_what_models_say_is_told_by_kind_and_model() -> None:
    letters = verdicts(MIXED, 5)
    silent = letters["concept"] == "tidy"
    letters = letters.assign(outcome=letters["outcome"].mask(silent, NO_ANSWER))
    said = verdicts(MIXED, 3).assign(form="said")
    crossed = said.assign(claim=CROSSED, outcome=CHANCE)
    text = in_free_text(letters, pd.concat([said, crossed], ignore_index=True))
    ours = text.split(" **In free text, ")[0]
    assert ours.startswith("**In free text, concepts of ours:** ")
    assert "says what it is asked to be on 2 of 2, and the vector moves that on" in ours
    assert "(one that is read at the letter, on 0)" in ours
    assert "1 of these it does not answer through letters" in ours
    assert in_free_text(letters, said[:0]) == ""


def test_rows_about_free_text_count_verdicts_and_are_left_out_without_any() -> None:
    letters = verdicts(MIXED, 5)
    back = letters.assign(claim=CROSSED, outcome=MOVES)
    said = verdicts(MIXED, 3).assign(form="said")
    crossed = said.assign(claim=CROSSED, outcome=CHANCE)
    rows = rows_in_free_text(pd.concat([letters, back]), pd.concat([said, crossed]))
    count = len(MIXED)
    assert rows["In free text: the model answers"] == f"{count} of {count}"
    assert rows["In free text: the vector moves what is said"] == f"3 of {count}"
    assert rows["A vector read at the letter moves what is said"] == f"0 of {count}"
    assert rows["A vector read over replies moves the lettered answer"] == f"{count} of {count}"
    assert rows_in_free_text(letters, said[:0]) == {}
