"""A run: one concept on one model by a plan, and the prompts that the plan needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steering.concepts import Concept, Item
from steering.errors import Refused
from steering.measuring.capped import training_groups
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.models.model import Model
from steering.prompts.fitting import fitted
from steering.prompts.forms import CHOSEN
from steering.prompts.rendering import Prompt
from steering.prompts.settings import settings_of
from steering.source import value_hash


@dataclass(frozen=True)
class RenderedPrompts:
    """The prompts of a measurement.

    Attributes:
        settings: the prompt settings that the model's chat template can express.
        items: by split, the items whose prompts fit the model's context in every setting.
        prompts: by split and setting.
        too_long: how many items do not fit.
    """

    settings: tuple[str, ...]
    items: dict[str, tuple[Item, ...]]
    prompts: dict[tuple[str, str], list[Prompt]]
    too_long: int

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


def render_prompts(run: Run) -> RenderedPrompts:
    """Return the prompts that a plan needs: training and test items in every setting.

    Items whose prompt does not fit the model's context are left out and counted. Raises Refused
    where a split has none left.
    """
    model, concept, plan = run.model, run.concept, run.plan
    settings = settings_of(model.tokenizer, plan.settings)
    items = {
        "train": concept.of_split("train", training_groups(plan, model)),
        "validation": concept.of_split("validation", plan.validation_groups, plan.per_group),
        "test": concept.of_split("test", plan.test_groups, plan.per_group),
    }
    fitting = fitted(
        {
            (split, setting): rendered_prompts(model, concept, of_split, setting)
            for split, of_split in items.items()
            for setting in (settings if split != "validation" else ("BASE",))
        },
        model.context,
    )
    long = {item for item, _ in fitting.too_long}
    for split in tuple(items):
        if not fitting.prompts[split, "BASE"]:
            raise Refused(
                f"no {split} item of concept {concept.name!r} fits the context of {model.context} "
                f"tokens of model {model.name!r}: shorter items or another model are needed."
            )
        items[split] = tuple(item for item in items[split] if item.item not in long)
    return RenderedPrompts(settings, items, fitting.prompts, len(long))


def rendering(run: Run, settings: Sequence[str]) -> dict[str, str]:
    """Return for each prompt setting a hash of one rendered prompt: of its text and its tokens.

    It is of the concept's first test item, whatever the plan measures: so two runs differ in it
    only if the template, the tokenizer or the library that applies them does.
    """
    first = run.concept.of_split("test")[:1]
    prompts = {name: rendered_prompts(run.model, run.concept, first, name)[0] for name in settings}
    return {name: value_hash([one.text, one.token_ids])[:16] for name, one in prompts.items()}


def rendered_prompts(
    model: Model, concept: Concept, items: Sequence[Item], setting: str
) -> list[Prompt]:
    """Return the prompts of some items in one prompt setting."""
    return [
        prompt
        for item in items
        for prompt in CHOSEN.prompts(concept, item, setting, model.tokenizer)
    ]
