"""Rendering: turns an item, a prompt setting and an order into the token ids that a model sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from steering.concepts import Concept, Item
from steering.errors import Refused
from steering.prompts.beginnings import shared
from steering.prompts.positions import Positions, at_the_letter
from steering.prompts.settings import PROMPT_SETTINGS
from steering.prompts.template import templated
from steering.prompts.wordings import WORDINGS, Wording
from steering.records.tables import CONTRACTS, NO_PARTNER, TODAY

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LETTERS = ("A", "B")


@dataclass(frozen=True)
class Prompt:
    """One row of the `prompts` table, as a model will see it.

    Attributes:
        concept, item, partner, prompt_setting, order: which question this is, and in which order
            its options stand.
        protocol, form, request, wording_family, wording: how it is asked.
        text: the prompt as the chat template writes it.
        token_ids: all tokens of the prompt; the next one is the letter, or the reply's first.
        positions: the token at which a vector is read, and the first one that is steered.
        letter_ids: the tokens of the letters of (A) and of (B); NO_LETTER without letters.
        answer_ids: all tokens of either answer, from the letter on; without letters, of the
            positive one and then of the negative one.
        positive_letter: A or B; "" without letters.
        positive_is_yes: whether the positive answer begins with Yes; None where none does.
        begun: what of the answer the prompt holds already: "(" where that is a token of its own.
    """

    concept: str
    item: int
    prompt_setting: str
    order: int
    text: str
    token_ids: tuple[int, ...]
    positions: Positions
    letter_ids: tuple[int, int]
    answer_ids: tuple[tuple[int, ...], tuple[int, ...]]
    positive_letter: str
    positive_is_yes: bool | None
    begun: str = ""
    partner: int = NO_PARTNER
    protocol: str = TODAY["protocol"]
    form: str = TODAY["form"]
    request: str = TODAY["request"]
    wording_family: str = TODAY["wording_family"]
    wording: str = TODAY["wording"]

    @property
    def read_position(self) -> int:
        """Return the position whose residual stream makes the steering vector."""
        return self.positions.read

    @property
    def steered_from(self) -> int:
        """Return the first position that is steered."""
        return self.positions.steered_from

    @property
    def unsteered_ids(self) -> tuple[int, ...]:
        """Return the tokens before the first steered one, which no vector ever changes."""
        return self.token_ids[: self.steered_from]

    @property
    def steered_ids(self) -> tuple[int, ...]:
        """Return the tokens of the prompt that are steered."""
        return self.token_ids[self.steered_from :]

    @property
    def positive_first(self) -> bool:
        """Return whether the positive answer is the first of `answer_ids`."""
        return self.positive_letter != LETTERS[1]

    @property
    def positive_letter_id(self) -> int:
        """Return the token id of the positive answer's letter."""
        return self.letter_ids[0 if self.positive_first else 1]

    @property
    def negative_letter_id(self) -> int:
        """Return the token id of the negative answer's letter."""
        return self.letter_ids[1 if self.positive_first else 0]

    @property
    def last_position(self) -> int:
        """Return the last position that is read: the letter's, or that of the longer reply."""
        if not self.positions.to_the_end:
            return self.read_position
        return len(self.token_ids) + max(map(len, self.answer_ids)) - 1


def render(
    concept: Concept,
    item: Item,
    setting: str,
    order: int,
    tokenizer: PreTrainedTokenizerBase,
    *,
    wording: Wording = WORDINGS[TODAY["wording"]],
) -> Prompt:
    """Return one item in one prompt setting and order, tokenised as the model itself would.

    Both whole answers, "(A)" and "(B)", are tokenised behind the prompt; the first position at
    which they differ is the letter's. Where "(" is a token of its own, that is the letter after
    it; where "(A" is one token, it is that one, and the last prompt token predicts it.

    Raises Refused where the template drops what it was given, or the letters cannot be told
    apart at one position.
    """
    question = wording.put(item.user_turn(order))
    text = templated(PROMPT_SETTINGS[setting].messages(concept, question), tokenizer)
    whole = [f"{text}({letter})" for letter in LETTERS]
    answers = tokenizer(whole, add_special_tokens=False)["input_ids"]
    letter = shared(*answers)
    if letter == min(map(len, answers)):
        raise Refused(
            f"the tokenizer {tokenizer.name_or_path!r} does not tell the answers '(A)' and '(B)' "
            "apart at any position: a tokenizer with two different letters is needed."
        )
    return lettered(
        concept, item, order, tokenizer, text,
        answers=answers, setting=setting, wording_family=wording.family, wording=wording.name,
    )  # fmt: skip


def lettered(
    concept: Concept,
    item: Item,
    order: int,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    *,
    answers: Sequence[Sequence[int]],
    setting: str,
    wording_family: str,
    wording: str,
) -> Prompt:
    """Return the prompt of a question with lettered options, from its text and both whole answers.

    `answers` are the token ids of the text with either answer behind it. The first position at
    which they differ is the letter's.
    """
    first, second = map(tuple, answers)
    letter = shared(first, second)
    return Prompt(
        concept=concept.name,
        item=item.item,
        prompt_setting=setting,
        order=order,
        text=text,
        token_ids=first[:letter],
        positions=at_the_letter(letter),
        letter_ids=(first[letter], second[letter]),
        answer_ids=(first[letter:], second[letter:]),
        positive_letter=item.positive_letter(order),
        positive_is_yes=item.positive_is_yes,
        begun="" if "(" in tokenizer.decode([first[letter]]) else "(",
        wording_family=wording_family,
        wording=wording,
    )


@dataclass(frozen=True)
class Opening:
    """A free prompt up to where the reply begins; `begun` is what of the reply stands in it."""

    token_ids: tuple[int, ...]
    begun: str = ""

    @property
    def steered_ids(self) -> tuple[int, ...]:
        """Return the tokens of the prompt that are steered: the last one, as in a question."""
        return self.token_ids[at_the_letter(len(self.token_ids)).steered_from :]


def opening(user: str, tokenizer: PreTrainedTokenizerBase) -> Opening:
    """Return what the user says, under BASE's system prompt, as a model sees it before it replies.

    Raises Refused where the template drops what it was given.
    """
    messages = [
        {"role": "system", "content": PROMPT_SETTINGS["BASE"].system},
        {"role": "user", "content": user},
    ]
    text = templated(messages, tokenizer)
    return Opening(tuple(tokenizer(text, add_special_tokens=False)["input_ids"]))


_REPLIES = ("positive_reply", "negative_reply")
_NOT_RENDERED = ("model", "prefilled_probability", *_REPLIES)


def prompts_table(prompts: Iterable[Prompt], model: str) -> pd.DataFrame:
    """Return the `prompts` table: which tokens every prompt has, which are read and steered.

    The probability of what is prefilled takes a forward pass: it is missing here.
    """
    columns = [name for name in CONTRACTS["prompts"].columns if name not in _NOT_RENDERED]
    prompts = list(prompts)
    rows = [{"model": model, **{name: getattr(one, name) for name in columns}} for one in prompts]
    table = pd.DataFrame.from_records(rows)
    if any(one.positions.to_the_end for one in prompts):
        for side, name in enumerate(_REPLIES):
            table[name] = [list(one.answer_ids[side]) for one in prompts]
    table["token_ids"] = table["token_ids"].map(list)
    table["positive_letter"] = table["positive_letter"].mask(table["positive_letter"] == "")
    table["prefilled_probability"] = float("nan")
    return table.astype({"positive_is_yes": "boolean"})
