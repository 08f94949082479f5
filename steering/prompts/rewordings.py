"""Rewordings: one question put in other words, in families of changes of one kind.

They are data, read from `wordings.toml`. A family has several wordings, so that an interval can
count the wordings of a family as it counts questions. Fewer training pairs are a family too: there
the vector changes, and the wording is the published one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from steering.concepts import ORDERS, Concept, Item
from steering.concepts.items import hashed
from steering.errors import Refused
from steering.prompts.beginnings import shared
from steering.prompts.rendering import LETTERS, Prompt, lettered
from steering.prompts.settings import PROMPT_SETTINGS, settings_of
from steering.prompts.template import has_system_role, templated
from steering.records.tables import TODAY

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# A question as our own concepts and the persona sets put it: it ends with a quoted statement.
_QUOTED = re.compile(r'.*?"(?P<statement>.+)"\s*', re.DOTALL)
_MARK = re.compile(r"\{\w+\}")
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True)
class Rewording:
    """One way to put a question; what it does not name stays as it is published.

    Attributes:
        family, name: the family of changes, and which of its wordings this is.
        setting: the prompt setting.
        system: what stands in the place of BASE's system prompt; "" for that prompt itself.
        statement, question: how a quoted statement, or any other question, is asked; "" as it is.
        layout: what the user says, with marks for the question, labels and options; "" as it is.
        before: a text before what the user says.
        labels: the labels of the two options.
        typos: the share of the question's words in which two neighbouring letters change places.
    """

    family: str
    name: str
    setting: str = "BASE"
    system: str = ""
    statement: str = ""
    question: str = ""
    layout: str = ""
    before: str = ""
    labels: tuple[str, str] = LETTERS
    typos: float = 0.0

    def asked(self, item: Item) -> str:
        """Return the question of an item, without its options."""
        quoted = _QUOTED.fullmatch(item.question)
        fill = {"{question}": item.question}
        frame = self.question
        if quoted is not None and quoted["statement"] == item.statement:
            fill, frame = {"{statement}": item.statement}, self.statement
        text = _filled(frame, fill) if frame and item.question else item.question
        return mistyped(text, self.typos, f"{self.name} {item.statement}") if self.typos else text

    def user_turn(self, item: Item, order: int) -> str:
        """Return the question of an item with its two labelled options, swapped in order 1."""
        first, second = item.options if order == 0 else item.options[::-1]
        asked, (a, b) = self.asked(item), self.labels
        if self.layout:
            options = {"{A}": a, "{B}": b, "{first}": first, "{second}": second}
            text = _filled(self.layout, {"{asked}": asked, **options})
        else:
            before, between, after = item.layout
            before = before.replace(item.question, asked, 1) if item.question else before
            before, between = _relabelled(before, "(A)", a), _relabelled(between, "(B)", b)
            text = f"{before}{first}{between}{second}{after}"
        return f"{self.before}\n\n{text}" if self.before else text

    def messages(self, concept: Concept, item: Item, order: int) -> list[dict[str, str]]:
        """Return the chat messages, system first."""
        told = PROMPT_SETTINGS[self.setting].messages(concept, self.user_turn(item, order))
        return [{"role": "system", "content": self.system}, told[1]] if self.system else told


def loaded(text: str) -> dict[str, tuple[Rewording, ...]]:
    """Return the wordings of a TOML text by their families.

    Raises Refused for a field that wordings do not have, and for labels that are not two.
    """
    known = {field.name for field in fields(Rewording)} - {"family", "name"}
    families = {}
    for family, wordings in tomllib.loads(text).items():
        for name, changes in wordings.items():
            for field in changes:
                if field not in known:
                    allowed = ", ".join(sorted(known))
                    raise Refused(
                        f"the wording {family}.{name} has a field {field!r}: allowed are {allowed}."
                    )
            labels = changes.get("labels", LETTERS)
            if len(labels) != 2 or labels[0] == labels[1]:
                raise Refused(
                    f"the wording {family}.{name} has the labels {labels}: two that differ are "
                    "needed."
                )
        families[family] = tuple(
            Rewording(family, name, **{**changes, "labels": tuple(changes.get("labels", LETTERS))})
            for name, changes in wordings.items()
        )
    return families


PUBLISHED = Rewording(TODAY["wording_family"], TODAY["wording"])
FAMILIES = loaded(Path(__file__).with_name("wordings.toml").read_text(encoding="utf-8"))


def render_reworded(
    concept: Concept, item: Item, order: int, tokenizer: PreTrainedTokenizerBase, wording: Rewording
) -> Prompt:
    """Return one item in one wording and order, tokenised as the model itself would.

    It is what `rendering.render` returns, but that the letters are the wording's labels: the two
    tokens that are scored are theirs, and `positive_letter` is A where the positive option has the
    first label. Raises Refused where the template drops what it was given, or a label is not one
    token of its own, or one together with the bracket before it.
    """
    text = templated(wording.messages(concept, item, order), tokenizer)
    whole = [f"{text}({label})" for label in wording.labels]
    answers = tokenizer(whole, add_special_tokens=False)["input_ids"]
    letter = shared(*answers)
    read = [str(tokenizer.decode([ids[letter]])) for ids in answers if letter < len(ids)]
    if [one.strip().removeprefix("(") for one in read] != [*wording.labels]:
        raise Refused(
            f"the tokenizer {tokenizer.name_or_path!r} makes no token of its own of each of the "
            f"labels {' and '.join(wording.labels)}."
        )
    return lettered(
        concept, item, order, tokenizer, text,
        answers=answers, setting=wording.setting, wording_family=wording.family,
        wording=wording.name,
    )  # fmt: skip


def reworded_prompts(
    concept: Concept,
    items: tuple[Item, ...],
    tokenizer: PreTrainedTokenizerBase,
    wording: Rewording,
) -> Iterator[Prompt]:
    """Return the prompts of some items in one wording: one for each order of the options."""
    return (
        render_reworded(concept, item, order, tokenizer, wording)
        for item in items
        for order in ORDERS
    )


def cannot_be_put(tokenizer: PreTrainedTokenizerBase, wording: Rewording) -> str:
    """Return why the chat template cannot express a wording, in a sentence; "" where it can."""
    persona = not settings_of(tokenizer, [wording.setting])
    if persona or (wording.system and not has_system_role(tokenizer)):
        return "the model's chat template has no system role."
    return ""


def mistyped(text: str, share: float, seed: str) -> str:
    """Return a text in some of whose words two neighbouring letters have changed places.

    `share` is that of the words of four letters or more whose inner letters are not all alike, at
    least one of them. The hash of the seed and of a word's place decides which, and where.
    """
    words = [
        (match.start(), places)
        for match in _WORD.finditer(text)
        if (places := _swappable(match.group()))
    ]
    count = min(len(words), max(1, round(share * len(words))))
    chosen = sorted(words, key=lambda word: hashed(f"{seed} {word[0]}"))[:count]
    letters = list(text)
    for start, places in chosen:
        at = start + places[int(hashed(f"{seed} {start} place")[:8], 16) % len(places)]
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


@cache
def _swappable(word: str) -> tuple[int, ...]:
    """Return the places of inner letters of a word that differ from the letter after them."""
    return tuple(at for at in range(1, len(word) - 2) if word[at] != word[at + 1])


def _relabelled(text: str, mark: str, label: str) -> str:
    before, found, after = text.rpartition(mark)
    return f"{before}({label}){after}" if found else text


def _filled(template: str, fill: Mapping[str, str]) -> str:
    # In one go: a statement may hold braces of its own.
    return _MARK.sub(lambda mark: fill.get(mark[0], mark[0]), template)
