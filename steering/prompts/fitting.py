"""Fitting: which questions fit a model's context, with all that is read of their answers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from steering.prompts.rendering import Prompt
from steering.records.tables import NO_PARTNER

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Fitted(Generic[Key]):
    """Prompts by what they are for, and the questions that are too long.

    Attributes:
        prompts: what fits, by the same keys and in the same order as it was given.
        too_long: the item and the partner of each question that does not fit; it is left out
            under every key, so that all of them are about the same questions.
        context: how many tokens there are at most.
    """

    prompts: dict[Key, list[Prompt]]
    too_long: tuple[tuple[int, int], ...]
    context: int

    @property
    def left_out(self) -> str:
        """Return one sentence that counts and names what does not fit; "" where all does."""
        if not self.too_long:
            return ""
        names = [
            str(item) if partner == NO_PARTNER else f"{item} with {partner}"
            for item, partner in self.too_long
        ]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return (
            f"{len(names)} of the questions do not fit the context of {self.context} tokens and "
            f"are left out: those of the rows {', '.join(names[:_MOST_NAMED])}{more}."
        )


_MOST_NAMED = 8


def fitted(prompts: Mapping[Key, Sequence[Prompt]], context: int) -> Fitted[Key]:
    """Return the prompts that fit a context, whatever their form; a question fits in all or none.

    The last token that is read has to fit: the letter, or the last one of the longer reply.
    """
    long = {
        (one.item, one.partner)
        for rendered in prompts.values()
        for one in rendered
        if one.last_position >= context
    }
    kept = {
        key: [one for one in rendered if (one.item, one.partner) not in long]
        for key, rendered in prompts.items()
    }
    return Fitted(kept, tuple(sorted(long)), context)
