"""The page of a concept: each figure has its finding, and shows every model."""

from __future__ import annotations

from pathlib import Path

from IPython.display import Markdown

from steering.analysis.published import quartiles_left, shares_left, steerability
from steering.analysis.verdict.outcomes import NO_ANSWER, NOT_STEERED, SHIFT, STEERING
from steering.figures.caption import Captioned
from steering.prose import concept_findings as found
from steering.prose import concept_page
from steering.prose.concept_findings import over_models
from tests.prose.test_verdict_card import judged_as
from tests.support.concept_runs import runs


def test_the_page_says_what_the_concept_is_and_where_its_effect_is_built_in() -> None:
    text = concept_page.about(runs()).data
    assert text.startswith("**Whether it is strong&#46;** The effect is *built in* in wren and")
    assert "“You are strong&#46;” and “You are weak&#46;”" in text


def test_a_question_is_shown_of_the_first_model_that_answers(tmp_path: Path) -> None:
    first, second = runs()
    silent = judged_as(first, STEERING, NO_ANSWER, tmp_path)
    assert " in linnet, item" in concept_page.question_in_full([silent, second], ["", ""]).data
    assert " in wren, item" in concept_page.question_in_full([first, second], ["", ""]).data
    assert " in wren, item" in concept_page.question_in_full([silent], [""]).data


def test_captions_begin_with_what_was_found() -> None:
    some = runs()
    questions = concept_page.slopes_of_questions(some)
    assert questions.finding == over_models(some, found.questions)
    assert concept_page.slopes_by_answer(some).finding == over_models(some, found.letters)
    vectors = concept_page.other_vectors(some)
    assert vectors.finding.startswith(over_models(some, found.moves))
    assert questions.n == "40 items in both orders, of 10 groups"


def test_figures_show_every_model() -> None:
    html = concept_page.slopes_of_questions(runs())._repr_html_()
    assert html.count("<svg") == 2
    assert html.count("<figcaption") == 1
    assert "wren" in html
    assert "linnet" in html


def test_a_model_that_does_not_answer_is_named_in_the_caption_and_not_drawn(
    tmp_path: Path,
) -> None:
    first, second = runs()
    some = [judged_as(first, STEERING, NO_ANSWER, tmp_path), second]
    figure = concept_page.slopes_of_questions(some)
    assert figure._repr_html_().count("beside-name") == 0, "of one model alone"
    assert "wren" in figure.finding
    alone = concept_page.slopes_of_questions(some[:1])
    assert "<svg" in alone._repr_html_(), "where none answers, it is drawn all the same"


def test_what_prompts_leave_stands_beside_what_is_published(tmp_path: Path) -> None:
    theirs = quartiles_left(shares_left(steerability()))
    drawn = concept_page.shares_under_shifts(runs(), theirs)
    assert isinstance(drawn, Captioned)
    assert "Llama-2-7b-chat" in drawn._repr_html_()
    none = judged_as(runs()[0], SHIFT, NOT_STEERED, tmp_path)
    told = concept_page.shares_under_shifts([none], theirs)
    assert isinstance(told, Markdown)
    assert told.data.startswith("Nothing can be kept")


def test_what_was_not_asked_in_free_text_is_said() -> None:
    told = concept_page.said([None], "it has no pairs.").data
    assert told == "This concept was not asked in free text. it has no pairs&#46;"


def test_folded_figures_show_every_model_and_have_names_of_their_own() -> None:
    some = runs()
    each = [
        concept_page.example_curves(some),
        concept_page.setting_matrix(some),
        *concept_page.layers_tried(some),
    ]
    assert [figure.name for figure in each] == ["curves", "settings", "layers", "layer-map"]
    assert all(figure._repr_html_().count("<svg") == 2 for figure in each)
