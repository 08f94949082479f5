"""The page of one concept: its figures and tables, every model beside the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
from IPython.display import HTML, Markdown

from steering.analysis import brittleness, controls, examples, layers
from steering.analysis.concept_run import ConceptRun, together
from steering.analysis.letters import by_answer
from steering.analysis.verdict.outcomes import NOT_STEERED, SHIFT, of_claim
from steering.figures.beside import Beside, captioned_beside
from steering.figures.brittleness import shift_matrix
from steering.figures.caption import Captioned, captioned
from steering.figures.chance import questions_in_order
from steering.figures.controls import vectors_and_personas
from steering.figures.examples import propensity_curves
from steering.figures.layers import layer_choice, layer_map
from steering.figures.letters import steerability_by_answer
from steering.figures.shares_left import shares_left
from steering.prose import concept_findings as found
from steering.prose import scope
from steering.prose.concept_findings import over_models
from steering.prose.question import show_question
from steering.prose.said_of_concept import moved_in_words, why_not_asked
from steering.prose.words import escaped, listed, markdown
from steering.records.kinds import OURS


def about(runs: Sequence[ConceptRun]) -> Markdown:
    """Return what the concept is, whose it is, and which personas stand for it."""
    concept = runs[0].card["concept"]
    personas = [f"“{escaped(concept[f'{sign}_persona'])}”" for sign in ("positive", "negative")]
    return markdown(
        f"**{escaped(concept['description'])}** {_badge(runs)} "
        f"The personas are {' and '.join(personas)}"
    )


def _badge(runs: Sequence[ConceptRun]) -> str:
    kind = str(runs[0].concepts["kind"].iloc[0])
    planted = [
        escaped(run.model) for run in runs if run.curves["planted_steerability"].notna().any()
    ]
    if planted:
        return (
            f"The effect is *built in* in {listed(planted)}: what the vector ought to do there is "
            "known, and says nothing about other models."
        )
    return "It is one of ours." if kind == OURS else ""


def answering(runs: Sequence[ConceptRun]) -> Sequence[ConceptRun]:
    """Return the runs of models that answer the questions; all, where none does.

    Figures leave out a model that does not answer: no vector can move what is not said. Captions
    name it, and what is folded shows it.
    """
    return [run for run in runs if not run.is_silent] or runs


def question_in_full(runs: Sequence[ConceptRun], tokenizers: Sequence[str]) -> HTML:
    """Return a few questions as one model sees them: of the first that answers, and has the words.

    `tokenizers` are the files of the models' tokenizers, one for each of `runs`; "" where there is
    none.
    """
    files = {run.model: file for run, file in zip(runs, tokenizers, strict=True)}
    shown = answering(runs)
    worded = [run for run in shown if run.results.items["statement"].astype(bool).any()]
    run = (worded or shown)[0]
    tokenizer = files[run.model]
    return show_question(run.results, run.curves, tokenizer=tokenizer or None, verdicts=run.claims)


def slopes_of_questions(runs: Sequence[ConceptRun]) -> Captioned | Beside:
    """Return the figure of the slope of every question, those of each model beside the others."""
    return captioned_beside(
        {run.model: partial(questions_in_order, run.questions) for run in answering(runs)},
        "The slope of every question, the lowest first; the bar behind a point is where random"
        " vectors put the same question. Full points were told apart from chance: of them, at most"
        " one in twenty is expected to be called so by mistake. A point opens its question in the"
        " explorer.",
        finding=over_models(runs, found.questions),
        n=_observed(runs),
        interval="bars: 95 % of the slopes of random vectors",
        alt="Slopes of all questions in order of size, with a bar for chance at each.",
        name="questions",
        brief=True,
    )


def slopes_by_answer(runs: Sequence[ConceptRun]) -> Captioned | Beside:
    """Return the figure of slopes by the letter and the word of the positive answer."""
    drawn = {
        run.model: partial(steerability_by_answer, run.base, by_answer(run.curves))
        for run in answering(runs)
    }
    return captioned_beside(
        drawn,
        "Slopes by the letter and the word of the positive answer. If only the concept counted, all"
        " rows would be alike.",
        finding=over_models(runs, found.letters),
        n=_observed(runs),
        interval=f"means: {scope.resampling(together(runs, 'concepts'))}",
        alt="A row for each letter and word of the positive answer, with the slopes of its curves.",
        name="letters",
        brief=True,
    )


def shares_under_shifts(
    runs: Sequence[ConceptRun], published: pd.DataFrame | None = None
) -> Captioned | Markdown:
    """Return the figure of what other prompts leave of the mean slope, a row for each model.

    `published` is the table of `analysis.published.quartiles_left`. Where no vector moves the
    answer there is nothing to be left, and a sentence says so.
    """
    judged = of_claim(together(runs, "claims"), SHIFT)
    finding = over_models(runs, found.shifts)
    if judged.empty or (judged["outcome"] == NOT_STEERED).all():
        return markdown(finding)
    rows = judged.assign(concept=judged["model"])
    return captioned(
        shares_left(rows, published),
        "Share of the mean slope that is left when a persona enters the prompt, by its verdict. The"
        " grey band is what counts as kept."
        + (" Below: quartiles of what is published." if published is not None else ""),
        finding=finding,
        n=_observed(runs),
        interval=f"whiskers: {scope.shift_resampling(_out(runs))}",
        alt="For each model, the share of the slope that is left under each change of the prompt.",
        name="other-prompts",
        brief=True,
    )


def _out(runs: Sequence[ConceptRun]) -> pd.DataFrame:
    tables = [brittleness.in_and_out(run.curves) for run in runs]
    return pd.concat(tables, ignore_index=True)


def other_vectors(runs: Sequence[ConceptRun]) -> Captioned | Beside:
    """Return the figure of what other vectors and personas in the prompt do beside the vector."""
    return captioned_beside(
        {
            run.model: partial(
                vectors_and_personas,
                run.vectors,
                controls.vector_means(run.curves),
                run.personas,
            )
            for run in answering(runs)
        },
        "Above: mean slope under each kind of vector; ticks are single vectors, dots the mean of"
        " their kind, and that of the concept's own is hollow unless it moves the answer. Below:"
        " change of the mean propensity by a persona in the prompt (dots) and by the vector"
        " (diamonds).",
        finding=f"{over_models(runs, found.moves)} {over_models(runs, found.prompting)}",
        n=_observed(runs),
        interval=f"whiskers: {scope.resampling(together(runs, 'vectors'))}; of personas"
        f" {scope.ITEMS_ALONE}",
        alt="A row for each kind of vector, and one for each persona in the prompt.",
        name="other-vectors",
        brief=True,
    )


def said(runs: Sequence[ConceptRun | None], why_not: str) -> Markdown:
    """Return in a sentence what the models say of the concept, and what vectors do to it.

    `runs` are those of `analysis.concept_run.said_runs`; where all are None, `why_not` says why.
    """
    asked = [run for run in runs if run is not None]
    if not asked:
        return markdown(why_not_asked(why_not))
    return markdown(over_models(asked, moved_in_words))


def example_curves(runs: Sequence[ConceptRun]) -> Captioned | Beside:
    """Return the figure of propensity curves of a few questions of each model."""
    few = {run.model: examples.example_curves(run.curves, run.results) for run in runs}
    return captioned_beside(
        {model: partial(propensity_curves, own) for model, own in few.items()},
        "Propensity of single questions, and the mean of all: points are measured, lines are"
        " fitted.",
        finding=over_models(runs, found.moves),
        n=_observed(runs),
        interval=f"band around the mean: {scope.resampling(pd.concat(few.values()))}",
        alt="Propensity against the multiplier for single questions and the mean of all.",
        name="curves",
    )


def setting_matrix(runs: Sequence[ConceptRun]) -> Captioned | Beside:
    """Return the matrix of mean slopes of each model, settings of vectors by those of prompts."""
    return captioned_beside(
        {run.model: partial(shift_matrix, brittleness.shift_matrix(run.curves)) for run in runs},
        "Mean slope for each setting that the vector was made in (rows) and used in (columns), in"
        " logits per unit of λ. On the diagonal both are the same.",
        n=f"in each cell, {_observed(runs)}",
        interval="none here; those of the four shifts are in the figure of other prompts",
        alt="A matrix of mean slopes, vector settings by prompt settings.",
        name="settings",
    )


def layers_tried(runs: Sequence[ConceptRun]) -> tuple[Captioned | Beside, Captioned | Beside]:
    """Return the figures of the layers of each model: from which one was chosen, and all doses."""
    changes = {run.model: layers.layer_map(run.results) for run in runs}
    tested = {run.model: scope.observed_on(run.results, "validation") for run in runs}
    choice = captioned_beside(
        {run.model: partial(layer_choice, layers.layer_slopes(run.results)) for run in runs},
        "Mean slope of the vector of each layer on validation items. The ring marks the layer that"
        " was chosen.",
        n=_alike(tested),
        interval="band: 95 %, by resampling groups of validation items",
        alt="Mean slope against layer.",
        name="layers",
    )
    curves = {model: f"{own['n'].min()} curves of test items" for model, own in changes.items()}
    every = captioned_beside(
        {model: partial(layer_map, own) for model, own in changes.items()},
        "Change of the mean propensity, from that without steering, by layer and multiplier. The"
        " frame marks the chosen layer.",
        n=f"in each cell, {_alike(curves)}",
        interval="none",
        alt="A map of propensity changes, layers by multipliers.",
        name="layer-map",
    )
    return choice, every


def _observed(runs: Sequence[ConceptRun]) -> str:
    return _alike({run.model: scope.observed(run.base) for run in runs})


def _alike(texts: Mapping[str, str]) -> str:
    """Return what is told of every model, or of each model what is told of it."""
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{text} in {model}" for model, text in texts.items())
