"""Forms of the question: how an item of a concept is put to a model, and what counts as its answer.

Today there is one, `chosen`: two lettered options, of which the model chooses one by its letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steering.concepts import ORDERS, Concept, Item
from steering.prompts.rendering import Prompt, render
from steering.records.tables import TODAY

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Form:
    """A form of the question.

    Attributes:
        name: its value in the tables.
        prompts: returns the prompts of one item in one prompt setting.
    """

    name: str
    prompts: Callable[[Concept, Item, str, PreTrainedTokenizerBase], Iterator[Prompt]]


def chosen_prompts(
    concept: Concept, item: Item, setting: str, tokenizer: PreTrainedTokenizerBase
) -> Iterator[Prompt]:
    """Return the prompts of an item with lettered options: one for each order of the options."""
    return (render(concept, item, setting, order, tokenizer) for order in ORDERS)


FORMS = {"chosen": Form("chosen", chosen_prompts)}
CHOSEN = FORMS[TODAY["form"]]
