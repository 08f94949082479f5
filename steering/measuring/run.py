"""A run: one concept on one model by a plan, and the prompts that the plan needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from steering.concepts import Concept, Item
from steering.concepts.items import SHARES, Split
from steering.concepts.pairs import pairs_of
from steering.errors import Refused
from steering.measuring.asking import asked_prompts
from steering.measuring.capped import training_groups
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.models.model import Model
from steering.prompts import said
from steering.prompts.fitting import fitted
from steering.prompts.forms import FORMS
from steering.prompts.rendering import Prompt
from steering.prompts.requests import asked
from steering.prompts.settings import settings_of
from steering.records.tables import TODAY
from steering.source import value_hash

SPLITS: tuple[Split, ...] = tuple(split for split, _ in SHARES)


@dataclass(frozen=True)
class RenderedPrompts:
    """The prompts of a measurement.

    Attributes:
        settings: the prompt settings that the model's chat template can express.
        items: by split, the items whose prompts fit the model's context in every setting; both of
            a pair of statements are among them.
        prompts: by split and setting.
        too_long: how many questions do not fit.
        left_out: one sentence that counts and names these; "" where all fit.
    """

    settings: tuple[str, ...]
    items: dict[str, tuple[Item, ...]]
    prompts: dict[tuple[str, str], list[Prompt]]
    too_long: int
    left_out: str = ""

    def all(self) -> list[Prompt]:
        """Return all prompts once, training first."""
        return [prompt for prompts in self.prompts.values() for prompt in prompts]


@dataclass(frozen=True)
class Run:
    """One measurement: a concept on a model by a plan, and the results that are kept already."""

    model: Model
    concept: Concept
    plan: Plan
    kept: Kept
    other_concept: Concept | None = None
    layer_sets: tuple[Concept, ...] = ()


def render_prompts(run: Run) -> RenderedPrompts:
    """Return the prompts that a plan needs: training and test questions in every setting.

    Questions whose prompt, or a reply to it, does not fit the model's context are left out and
    counted. Raises Refused where a split has none left, and where a concept cannot be put in the
    form that the plan names.
    """
    model, concept, plan = run.model, run.concept, run.plan
    settings = settings_of(model.tokenizer, plan.settings)
    wanted = {split: questions(concept, plan, split, model) for split in SPLITS}
    fitting = fitted(
        {
            (str(split), setting): asked_prompts(
                rendered_prompts(model, concept, some, setting, plan.form),
                plan.asking,
                model.tokenizer,
            )
            for split, some in wanted.items()
            for setting in (settings if split != "validation" else ("BASE",))
        },
        model.context,
    )
    items: dict[str, tuple[Item, ...]] = {}
    for split in wanted:
        prompts = fitting.prompts[split, "BASE"]
        if not prompts:
            raise Refused(
                f"no {split} item of concept {concept.name!r} fits the context of {model.context} "
                f"tokens of model {model.name!r}: shorter items or another model are needed."
            )
        items[split] = items_of(concept, prompts)
    return RenderedPrompts(
        settings, items, fitting.prompts, len(fitting.too_long), fitting.left_out
    )


def questions(concept: Concept, plan: Plan, split: Split, model: Model) -> Sequence[Any]:
    """Return what is asked of a split: items with lettered options, or pairs with their requests.

    Raises Refused where the form needs pairs and the split has none.
    """
    groups, per_group = {
        "train": (training_groups(plan, model), None),
        "validation": (plan.validation_groups, plan.per_group),
        "test": (plan.test_groups, plan.per_group),
    }[split]
    return questions_of(concept, plan.form, split, groups, per_group)


def questions_of(
    concept: Concept,
    form: str,
    split: Split,
    groups: int | None = None,
    per_group: int | None = None,
) -> Sequence[Any]:
    """Return the questions of at most so many groups, and so many of each (None: all).

    Raises Refused where the form needs pairs and the split has none.
    """
    if form == said.NAME:
        return asked(pairs_of(concept, split, groups, per_group))
    return concept.of_split(split, groups, per_group)


def items_of(concept: Concept, prompts: Sequence[Prompt]) -> tuple[Item, ...]:
    """Return the items that prompts are about, in the order of the concept's file."""
    rows = {row for prompt in prompts for row in (prompt.item, prompt.partner)}
    return tuple(item for item in concept.items if item.item in rows)


def rendering(run: Run, settings: Sequence[str]) -> dict[str, str]:
    """Return for each prompt setting a hash of one rendered prompt: of its text and its tokens.

    It is of the concept's first test question, whatever the plan measures: so two runs differ in it
    only if the template, the tokenizer or the library that applies them does.
    """
    form = run.plan.form
    first = questions_of(run.concept, form, "test")[:1]
    each = {one: rendered_prompts(run.model, run.concept, first, one, form)[0] for one in settings}
    return {name: value_hash([one.text, one.token_ids])[:16] for name, one in each.items()}


def rendered_prompts(
    model: Model, concept: Concept, some: Sequence[Any], setting: str, form: str = TODAY["form"]
) -> list[Prompt]:
    """Return the prompts of some questions in one prompt setting."""
    return [
        prompt
        for question in some
        for prompt in FORMS[form].prompts(concept, question, setting, model.tokenizer)
    ]
