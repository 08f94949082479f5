"""What a concept's page keeps folded: everything of each model, in words, figures and tables."""

from __future__ import annotations

from collections.abc import Sequence

from IPython.display import Markdown

from steering.analysis.concept_run import ConceptRun
from steering.analysis.personas import equal_multipliers, together
from steering.prose import concept_findings as found
from steering.prose import scope
from steering.prose.answering import answering_sentences
from steering.prose.brittleness import shift_sentences
from steering.prose.by_model import by_model
from steering.prose.concept_page import (
    example_curves,
    layers_tried,
    other_vectors,
    setting_matrix,
    slopes_by_answer,
)
from steering.prose.controls import control_table, controls_sentences
from steering.prose.folded import folded
from steering.prose.given import layer_sentences
from steering.prose.how_many import HowMany, how_many_figure, sizes_table
from steering.prose.letters import letter_sentences
from steering.prose.licences import licence_of
from steering.prose.personas import personas_sentences, personas_table
from steering.prose.prompting import prompting_sentences, prompting_table
from steering.prose.replies import replies
from steering.prose.reversed import reversed_sentences
from steering.prose.said_of_concept import pairs_of_texts, said_sentences
from steering.prose.specificity import specificity_sentences
from steering.prose.stand_ins import sets_by_us
from steering.prose.strength import point_sentence
from steering.prose.variability import concept_sentences, question_sentences
from steering.prose.which_reverse import which_reverse
from steering.prose.words import escaped, markdown
from steering.records.matrix import not_compared

WHICH = "Which questions: those that it moves least, and those that it moves most"

TWO_TEXTS = (
    "In free text the model is asked which of two texts it would rather reply to a neutral request."
)
ANY_PUSH = (
    "Random vectors of the same length show what any push does, vectors of shuffled labels what "
    "the training pairs do without their labels."
)


def movement_in_words(runs: Sequence[ConceptRun]) -> Markdown:
    """Return whether each model answers, what the vector does to the mean, and a few curves."""
    told = by_model(
        runs,
        lambda run: (
            f"{answering_sentences(run.answers)}\n\n{concept_sentences(run.claims, run.changes)}"
        ),
    )
    return folded(
        "In words: does the model answer, does the vector move it?",
        told,
        example_curves(runs),
    )


def questions_in_words(runs: Sequence[ConceptRun]) -> Markdown:
    """Return which questions the vector moves least and most, and how many are reversed."""

    def told(run: ConceptRun) -> str:
        questions = question_sentences(run.concepts, run.claims)
        return f"{questions} {reversed_sentences(run.reversed_questions)}"

    return markdown(
        f"{folded(WHICH, which_reverse(runs)).data}\n\n"
        f"{folded('In words: how many questions are reversed?', by_model(runs, told)).data}"
    )


def letters_in_words(runs: Sequence[ConceptRun]) -> Markdown:
    """Return whether the vector of each model pushes towards a letter; folded, figure and size."""
    more = folded(
        "The figure, and in words: the push towards a letter",
        slopes_by_answer(runs),
        by_model(runs, lambda run: letter_sentences(run.claims)),
    )
    return markdown(f"**{found.over_models(runs, found.letters)}**\n\n{more.data}")


def shifts_in_words(runs: Sequence[ConceptRun]) -> Markdown:
    """Return what other prompts leave of each model's slope, and the whole matrix of settings."""
    return folded(
        "In words, and all settings of vectors and prompts",
        by_model(runs, lambda run: shift_sentences(run.claims)),
        setting_matrix(runs),
    )


def other_vectors_in_words(runs: Sequence[ConceptRun]) -> Markdown:
    """Return what controls, other concepts' vectors and personas do; folded, all but a sentence."""

    def told(run: ConceptRun) -> str:
        specific = specificity_sentences(run.claims, run.others, not_compared([run.folder]))
        return "\n\n".join(
            [
                controls_sentences(run.vectors),
                str(control_table(run.vectors).data),
                specific,
                prompting_sentences(run.claims, run.personas),
                str(prompting_table(run.personas, run.claims).data),
                *_of_personas(run),
            ]
        )

    more = folded(
        "The figure, words and tables: controls, other concepts, personas",
        ANY_PUSH,
        other_vectors(runs),
        by_model(runs, told),
    )
    return markdown(f"**{found.over_models(runs, found.prompting)}**\n\n{more.data}")


def _of_personas(run: ConceptRun) -> tuple[str, str]:
    equal = equal_multipliers(run.curves, run.results)
    both = together(run.curves, run.results)
    return personas_sentences(equal, both), str(personas_table(equal, both).data)


def layers_and_strength(runs: Sequence[ConceptRun]) -> Markdown:
    """Return how each layer was chosen, what every layer does, and the operating point."""
    told = by_model(
        runs, lambda run: f"{layer_sentences(run.card)}\n\n{point_sentence(run.operating_point)}"
    )
    return folded(
        "Which layer, how strongly, at what cost?",
        told,
        *layers_tried(runs),
    )


def how_many(runs: Sequence[ConceptRun]) -> Markdown:
    """Return how many training pairs and test questions would do, for each model."""
    counted = [HowMany.of(run.curves, run.results) for run in runs]
    tables = [
        part
        for run, own in zip(runs, counted, strict=True)
        if own.is_drawn
        for part in (_heading(runs, run), sizes_table(own.sizes))
    ]
    told = {run.model: own.sentences for run, own in zip(runs, counted, strict=True)}
    return folded(
        "How many pairs, how many questions?",
        by_model(runs, lambda run: told[run.model]),
        how_many_figure({run.model: own for run, own in zip(runs, counted, strict=True)}),
        *tables,
    )


def said(runs: Sequence[ConceptRun | None]) -> Markdown:
    """Return what each model says of the concept in free text, with the slope of every pair.

    `runs` are those of `analysis.concept_run.said_runs`.
    """
    asked = [run for run in runs if run is not None]
    if not asked:
        return markdown("")
    return folded(
        "In words: what the models say, pair by pair",
        TWO_TEXTS,
        by_model(asked, said_sentences),
        pairs_of_texts(asked),
    )


def replies_written(runs: Sequence[ConceptRun]) -> Markdown:
    """Return the replies that each steered model wrote, over λ."""
    parts = [part for run in runs for part in (_heading(runs, run), replies(run.card))]
    return folded(
        "Replies that the steered model wrote",
        "The vector of letters is added at every new word, the likeliest each time. These few "
        "illustrate; how the score of sampled replies goes with λ is told above.",
        *parts,
    )


def measured(runs: Sequence[ConceptRun], said_of: Sequence[ConceptRun | None] = ()) -> Markdown:
    """Return whose the questions are, how they were asked of each model, and what was left out.

    `said_of` are the runs in free text. What the authors measured is marked.
    """
    cards = [run.card for run in (*runs, *said_of) if run is not None]
    how = folded("How this was measured", by_model(runs, lambda run: scope.measured(run.card)))
    ours = sets_by_us(cards)
    parts = [licence_of(runs[0].card).data, how.data, ours.data if ours else ""]
    return markdown("\n\n".join(str(part) for part in parts if part))


def _heading(runs: Sequence[ConceptRun], run: ConceptRun) -> str:
    return f"**{escaped(run.model)}**" if len(runs) > 1 else ""
