import pytest

from steering.prose.findings import anchor, counts, parted, plain
from steering.records.kinds import OURS, PUBLIC

ONE, OTHER = (f"**{kind.capitalize()}:**" for kind in (OURS, PUBLIC))


def test_the_first_sentence_is_the_finding_and_the_rest_stays() -> None:
    told = parted("**12 of 15** keep it (median 0.5, 95\u202f% of 3.2). Others lose it. A third.")
    assert told.finding == "12 of 15 keep it (median 0.5, 95\u202f% of 3.2)."
    assert told.rest == "Others lose it. A third."
    assert parted("Only this is told.").rest == ""


def test_each_kind_of_concepts_has_its_sentence_in_the_finding() -> None:
    told = parted(f"{ONE} 14 of 15. Its size is 2. {OTHER} all 12. Their size is 1.")
    assert told.finding == "Concepts of ours: 14 of 15. Public data sets: all 12."
    assert told.rest == (
        "**Concepts of ours.** Its size is 2.\n\n**Public data sets.** Their size is 1."
    )


def test_what_comes_before_the_kinds_and_after_them_is_not_lost() -> None:
    told = parted(f"The point is where it costs 0.1.\n\n{ONE} 3 of 4.\n\nA rule, told last.")
    assert told.finding == "Concepts of ours: 3 of 4."
    assert told.rest == "The point is where it costs 0.1.\n\nA rule, told last."


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**Bold** and [a link](../errors.ipynb).", "Bold and a link."),
        (r"`steering report` of a\_name", "steering report of a_name"),
    ],
)
def test_a_caption_has_no_signs_of_markdown(markdown: str, words: str) -> None:
    assert plain(markdown) == words


def test_concepts_in_brackets_are_left_to_the_table() -> None:
    told = f"{ONE} it moves 2 of 3 (*tidy* and bookish); not 1 of 3 (poetic)."
    assert counts(told) == "Concepts of ours: it moves 2 of 3; not 1 of 3."


@pytest.mark.parametrize(
    ("name", "part"),
    [("wren", "wren"), ("Qwen2.5-0.5B Instruct", "qwen2-5-0-5b-instruct"), ("–", "unnamed")],
)
def test_the_name_of_a_model_is_part_of_an_anchor(name: str, part: str) -> None:
    assert anchor(name) == part
