"""What a concept's page keeps folded: nothing is lost that it told before."""

from __future__ import annotations

from steering.prose import concept_findings as found
from steering.prose import concept_folded
from steering.prose.answering import answering_sentences
from steering.prose.brittleness import shift_sentences
from steering.prose.concept_findings import over_models
from steering.prose.controls import controls_sentences
from steering.prose.how_many import LACKING
from steering.prose.letters import letter_sentences
from steering.prose.variability import concept_sentences, question_sentences
from steering.prose.which_reverse import which_reverse
from tests.support.concept_runs import runs


def test_all_sentences_are_there_for_every_model() -> None:
    movement = concept_folded.movement_in_words(runs()).data
    questions = concept_folded.questions_in_words(runs()).data
    letters = concept_folded.letters_in_words(runs()).data
    shifts = concept_folded.shifts_in_words(runs()).data
    vectors = concept_folded.other_vectors_in_words(runs()).data
    for run in runs():
        assert answering_sentences(run.answers) in movement
        assert concept_sentences(run.claims, run.changes) in movement
        assert question_sentences(run.concepts, run.claims) in questions
        assert letter_sentences(run.claims) in letters
        assert shift_sentences(run.claims).strip() in shifts
        assert controls_sentences(run.vectors) in vectors


def test_what_was_found_is_seen_and_its_figure_folded() -> None:
    some = runs()
    for told, name, finding in (
        (concept_folded.letters_in_words(some), "letters", found.letters),
        (concept_folded.other_vectors_in_words(some), "other-vectors", found.prompting),
    ):
        seen, _, inside = told.data.partition("<details")
        assert seen == f"**{over_models(some, finding)}**\n\n"
        assert f'id="figure-{name}"' in inside


def test_the_questions_themselves_are_folded_beside_how_many_they_are() -> None:
    some = runs()
    first, second = concept_folded.questions_in_words(some).data.split("</details>\n\n<details")
    assert which_reverse(some).data in first
    assert question_sentences(some[0].concepts, some[0].claims) in second


def test_figures_of_layers_show_every_model() -> None:
    text = concept_folded.layers_and_strength(runs()).data
    assert text.count("<figure") == 2
    assert text.count("<svg") == 4


def test_what_was_not_asked_in_free_text_has_nothing_to_fold() -> None:
    assert concept_folded.said([None, None]).data == ""


def test_how_it_was_measured_is_told_of_each_model() -> None:
    text = concept_folded.measured(runs()).data
    assert text.count("decoder block") == 2
    assert text.startswith("**Licence.** The questions are part of this report")
    assert "Measured by the authors" not in text


def test_runs_without_vectors_of_some_groups_say_so_and_show_no_table() -> None:
    text = concept_folded.how_many(runs()).data
    assert text.count(LACKING) == 2
    assert "<figure" not in text
    assert "Groups of training items" not in text
