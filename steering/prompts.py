"""Prompts: an item in a prompt setting and an order, as the token ids that a model will see."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from steering.concepts import Concept, Item
from steering.errors import Refused

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LETTERS = ("A", "B")
_COLUMNS = (
    "concept", "item", "prompt_setting", "order", "text", "token_ids", "read_position",
    "steered_from", "positive_letter_id", "negative_letter_id", "positive_letter",
    "positive_is_yes",
)  # fmt: skip


@dataclass(frozen=True)
class PromptSetting:
    """What the model is told before the question: Tan et al., section 4."""

    name: str
    persona: str
    system: str
    user: str

    def messages(self, concept: Concept, question: str) -> list[dict[str, str]]:
        """Return the chat messages, system first, that put one question in this setting."""
        persona = {
            "none": "",
            "positive": concept.positive_persona,
            "negative": concept.negative_persona,
        }[self.persona]
        fill: Mapping[str, str] = {"{persona}": persona, "{question}": question}
        return [
            {"role": "system", "content": _filled(self.system, fill)},
            {"role": "user", "content": _filled(self.user, fill)},
        ]


@dataclass(frozen=True)
class Prompt:
    """One row of the `prompts` table.

    `token_ids` end at the predicting position, whose next token is the letter. The steering
    vector is read at the letter (`read_position`, one past the end) and added from
    `steered_from`, the predicting position, on. `letter_ids` are those of (A) and of
    (B), `answer_ids` all tokens of either answer from the letter on. `begun` is what of the answer
    the prompt already holds: "(" where that is a token of its own.
    """

    concept: str
    item: int
    prompt_setting: str
    order: int
    text: str
    token_ids: tuple[int, ...]
    letter_ids: tuple[int, int]
    answer_ids: tuple[tuple[int, ...], tuple[int, ...]]
    positive_letter: str
    positive_is_yes: bool | None
    begun: str = ""

    @property
    def read_position(self) -> int:
        """Return the position of the letter, where the steering vector is read."""
        return len(self.token_ids)

    @property
    def steered_from(self) -> int:
        """Return the predicting position, the first (and in one forward the only) one steered."""
        return len(self.token_ids) - 1

    @property
    def positive_letter_id(self) -> int:
        """Return the token id of the positive answer's letter."""
        return self.letter_ids[LETTERS.index(self.positive_letter)]

    @property
    def negative_letter_id(self) -> int:
        """Return the token id of the negative answer's letter."""
        return self.letter_ids[1 - LETTERS.index(self.positive_letter)]


def _load_settings() -> dict[str, PromptSetting]:
    file = Path(__file__).with_name("prompt_settings.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: PromptSetting(name=name, **fields) for name, fields in tables.items()}


PROMPT_SETTINGS = _load_settings()


def render(
    concept: Concept, item: Item, setting: str, order: int, tokenizer: PreTrainedTokenizerBase
) -> Prompt:
    """Return one item in one prompt setting and order, tokenised as the model itself would.

    Both whole answers, "(A)" and "(B)", are tokenised behind the prompt; the first position at
    which they differ is the letter's. Where "(" is a token of its own that is the letter after
    it; where "(A" is one token it is that one, and the last prompt token predicts it.

    Raises Refused where the template drops what it was given, or the letters cannot be told
    apart at one position.
    """
    question = item.user_turn(order)
    messages = PROMPT_SETTINGS[setting].messages(concept, question)
    text = _templated(messages, tokenizer)
    answers = [
        tokenizer(f"{text}({letter})", add_special_tokens=False)["input_ids"] for letter in LETTERS
    ]
    differs = [
        position for position, ids in enumerate(zip(*answers, strict=False)) if len(set(ids)) > 1
    ]
    if not differs:
        raise Refused(
            f"the tokenizer {tokenizer.name_or_path!r} does not tell the answers '(A)' and '(B)' "
            "apart at any position: a tokenizer with two different letters is needed."
        )
    letter = differs[0]
    return Prompt(
        concept=concept.name,
        item=item.item,
        prompt_setting=setting,
        order=order,
        text=text,
        token_ids=tuple(answers[0][:letter]),
        letter_ids=(answers[0][letter], answers[1][letter]),
        answer_ids=(tuple(answers[0][letter:]), tuple(answers[1][letter:])),
        positive_letter=item.positive_letter(order),
        positive_is_yes=item.positive_is_yes,
        begun="" if "(" in tokenizer.decode([answers[0][letter]]) else "(",
    )


@dataclass(frozen=True)
class Opening:
    """A free prompt up to where the reply begins; `begun` is what of the reply stands in it."""

    token_ids: tuple[int, ...]
    begun: str = ""


def opening(user: str, tokenizer: PreTrainedTokenizerBase) -> Opening:
    """Return what the user says, under BASE's system prompt, as a model sees it before it replies.

    Raises Refused where the template drops what it was given.
    """
    messages = [
        {"role": "system", "content": PROMPT_SETTINGS["BASE"].system},
        {"role": "user", "content": user},
    ]
    text = _templated(messages, tokenizer)
    return Opening(tuple(tokenizer(text, add_special_tokens=False)["input_ids"]))


def prompts_table(prompts: Iterable[Prompt], model: str) -> pd.DataFrame:
    """Return the `prompts` table: which tokens every prompt has, which are read and steered."""
    rows = [
        {"model": model, **{name: getattr(prompt, name) for name in _COLUMNS}} for prompt in prompts
    ]
    table = pd.DataFrame.from_records(rows)
    table["token_ids"] = table["token_ids"].map(list)
    return table.astype({"positive_is_yes": "boolean"})


def settings_of(tokenizer: PreTrainedTokenizerBase, settings: Iterable[str]) -> tuple[str, ...]:
    """Return those prompt settings that the model's chat template can express.

    A template without a system role drops the settings whose persona stands there; they are not
    faked. Raises Refused for a name that is no prompt setting.
    """
    chosen = tuple(settings)
    for name in chosen:
        if name not in PROMPT_SETTINGS:
            allowed = ", ".join(PROMPT_SETTINGS)
            raise Refused(f"there is no prompt setting {name!r}: allowed are {allowed}.")
    if has_system_role(tokenizer):
        return chosen
    return tuple(name for name in chosen if "{persona}" not in PROMPT_SETTINGS[name].system)


def has_system_role(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Return whether the chat template takes a system message.

    Raises Refused where it takes one and shows nothing of it: a persona would be lost unseen.
    """
    if tokenizer.chat_template is None:
        return True
    probe = "steering system probe"
    messages = [{"role": "system", "content": probe}, {"role": "user", "content": "question"}]
    try:
        text = _applied(messages, tokenizer)
    except Exception:  # templates raise whatever they like to say that a role is not for them
        return False
    if probe not in text:
        raise Refused(
            f"the chat template of {tokenizer.name_or_path!r} drops or changes the system message: "
            "it must show it as it is, or raise an error where it has no such role."
        )
    return True


def _templated(messages: list[dict[str, str]], tokenizer: PreTrainedTokenizerBase) -> str:
    if tokenizer.chat_template is None:
        # No template: the plain default that base models are usually asked in.
        system, user = (message["content"] for message in messages)
        return f"{tokenizer.bos_token or ''}{system}\n\n{user}\n\nAnswer: "
    if not has_system_role(tokenizer):
        messages = messages[1:]
    try:
        text = _applied(messages, tokenizer)
    except Exception as error:
        raise Refused(
            f"the chat template of {tokenizer.name_or_path!r} raised an error ({error}): "
            "it must take a user message and, if it has that role, a system message."
        ) from error
    for message in messages:
        if message["content"].strip() not in text:
            raise Refused(
                f"the chat template of {tokenizer.name_or_path!r} drops or changes the "
                f"{message['role']} message: it must show it as it is."
            )
    return text


def _applied(messages: list[dict[str, str]], tokenizer: PreTrainedTokenizerBase) -> str:
    text: Any = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return str(text)


def _filled(template: str, fill: Mapping[str, str]) -> str:
    # Not str.format: a statement may hold braces of its own.
    for mark, text in fill.items():
        template = template.replace(mark, text)
    return template
