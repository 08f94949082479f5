"""Forms of the question: how an item of a concept is put to a model, and what counts as its answer.

In `chosen` an item has two lettered options, of which the model chooses one by its letter. In
`said` a pair has two texts, either of which may be its reply in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from steering.concepts import ORDERS, Concept, Item
from steering.prompts import said
from steering.prompts.rendering import Prompt, render
from steering.prompts.requests import Asked
from steering.records.tables import TODAY

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What a form asks about: an item, or a pair of texts with the request that they are replies to.
Question = TypeVar("Question")


@dataclass(frozen=True)
class Form(Generic[Question]):
    """A form of the question.

    Attributes:
        name: its value in the tables.
        prompts: returns the prompts of one question in one prompt setting.
    """

    name: str
    prompts: Callable[[Concept, Question, str, PreTrainedTokenizerBase], Iterator[Prompt]]


def chosen_prompts(
    concept: Concept, item: Item, setting: str, tokenizer: PreTrainedTokenizerBase
) -> Iterator[Prompt]:
    """Return the prompts of an item with lettered options: one for each order of the options."""
    return (render(concept, item, setting, order, tokenizer) for order in ORDERS)


CHOSEN: Form[Item] = Form(TODAY["form"], chosen_prompts)
SAID: Form[Asked] = Form(said.NAME, said.said_prompts)
FORMS: dict[str, Form[Any]] = {form.name: form for form in (CHOSEN, SAID)}
