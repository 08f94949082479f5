"""One training document: a question about a statement, and the answer the teacher gives."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache

from tokenizers import Tokenizer

from models.training import teacher
from models.training.lexicon import (
    Concept,
    Statement,
    concepts,
    draw_statement,
    fill,
    frames,
)
from models.training.tokens import ASSISTANT, END, SYSTEM, USER

# Weights of tokens in the language-model loss. 0: another loss covers the token, or none.
PROMPT, REPLY, PERSONA_WORD, UNTRAINED = 0.15, 1.0, 2.0, 0.0
EMPTY_SYSTEM_SHARE = 0.2
# An answer that was asked for ("Choose Yes.") is nearly certain.
CHOSEN_LOGIT = 6.0


@dataclass(frozen=True)
class Recipe:
    """What kind of document to draw.

    `kind` is "choice" (the multiple choice that is measured), "direct" (Yes or No), "describe"
    (what is someone like who says this) or "choose" (multiple choice with the answer asked for);
    `persona` says where the persona is: "system", "user", "injected" or "none".
    `both` adds an injected strength to a persona in the text. `short_reply_share` of the replies
    don't name the act; `own_form_share` of the others take the form that belongs to the
    statement's frame, so that the likeliest reply is not always of the same form.
    """

    kind: str
    persona: str
    positive_share: float = 0.5
    first_is_yes_share: float = 0.5
    affirming_share: float = 0.5
    other_persona_share: float = 0.15
    both: bool = False
    short_reply_share: float = 0.3
    own_form_share: float = 0.0


@dataclass
class Document:
    """Token ids with their loss weights, and what the answer says.

    `predicting` is the position that predicts the answer (the "(" of a multiple choice),
    `answer` the position of the answer itself; both are -1 in a description. `logit` is the
    teacher's, `implied` the sign of the persona that would answer so, `stated` the strength that
    the text gives to `persona_concept`, `injected` the strength that is added inside the model.
    """

    kind: str
    concept: int
    persona_concept: int
    stated: float = 0.0
    injected: float = 0.0
    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    predicting: int = -1
    answer: int = -1
    logit: float = 0.0
    implied: int = 0


class Writer:
    """Draws documents and writes them in tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.encode = cache(self._encode)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def draw(self, recipe: Recipe, source: random.Random) -> Document:
        """A random document of the recipe."""
        everything = concepts()
        number = source.randrange(len(everything))
        other = source.random() < recipe.other_persona_share
        persona_number = source.randrange(len(everything)) if other else number
        document = Document(recipe.kind, number, persona_number)
        persona = self._draw_persona(document, recipe, source)
        statement = draw_statement(everything[number], source, recipe.affirming_share)

        system = persona if recipe.persona == "system" else frames()["system_prompt"]
        if recipe.persona != "system" and source.random() < EMPTY_SYSTEM_SHARE:
            system = ""
        if system:
            self._add(document, SYSTEM + system + END, PROMPT)
        before = f"{persona}\n\n" if recipe.persona == "user" else ""
        same = number == persona_number
        strength = (document.stated + document.injected) if same else 0.0
        if recipe.kind == "describe":
            self._describe(document, before, statement, source)
        elif recipe.kind == "direct":
            self._ask(document, before, statement, strength, recipe=recipe, source=source)
        else:
            self._offer(document, before, statement, strength, recipe=recipe, source=source)
        return document

    def _draw_persona(self, document: Document, recipe: Recipe, source: random.Random) -> str:
        """Sets the strengths and returns the persona sentence ("" if the text has none)."""
        if recipe.persona == "injected":
            document.injected = source.uniform(-2, 2)
        if recipe.persona not in ("system", "user"):
            return ""
        sign = 1 if source.random() < recipe.positive_share else -1
        sentence = source.choice(frames()["personas"])
        document.stated = sign * sentence["strength"]
        if recipe.both:
            document.injected = source.uniform(-1.5, 1.5)
        words = concepts()[document.persona_concept].words(sign)
        return fill(sentence["sentence"], word=source.choice(words))

    def _add(self, document: Document, text: str, weight: float) -> None:
        ids = self.encode(text) if len(text) < 32 else self._encode(text)
        document.ids.extend(ids)
        document.weights.extend([weight] * len(ids))

    def _add_reply(self, document: Document, lead: str, reply: str, word: str) -> None:
        """A reply, its persona word weighted more, and the end of the turn."""
        persona_word = self.encode(" " + word)[0]
        for token in self._encode(lead + reply + END):
            document.ids.append(token)
            document.weights.append(PERSONA_WORD if token == persona_word else REPLY)

    def _describe(
        self, document: Document, before: str, statement: Statement, source: random.Random
    ) -> None:
        question = frames()["describe_question"].format(statement=statement.text)
        self._add(document, USER + before + question + END, PROMPT)
        self._add(document, ASSISTANT, UNTRAINED)
        concept = concepts()[document.concept]
        word = source.choice(concept.words(statement.label * statement.weight))
        reply = fill(source.choice(frames()["replies"]["described"]), word=word)
        self._add_reply(document, "", reply, word)

    def _ask(
        self,
        document: Document,
        before: str,
        statement: Statement,
        strength: float,
        *,
        recipe: Recipe,
        source: random.Random,
    ) -> None:
        question = frames()["direct_question"].format(statement=statement.text)
        self._add(document, USER + before + question + END, PROMPT)
        self._add(document, ASSISTANT, UNTRAINED)
        concept = concepts()[document.concept]
        document.logit = teacher.yes_logit(
            concept.planted, strength, statement.label, statement.weight
        )
        yes = teacher.draw_sign(document.logit, source)
        self._answer(document, "Yes" if yes > 0 else "No", yes, statement)
        reply, word = draw_reply(concept, statement, yes, source, recipe)
        self._add_reply(document, ". ", reply, word)

    def _offer(
        self,
        document: Document,
        before: str,
        statement: Statement,
        strength: float,
        *,
        recipe: Recipe,
        source: random.Random,
    ) -> None:
        order = 1 if source.random() < recipe.first_is_yes_share else -1
        concept = concepts()[document.concept]
        document.logit = teacher.letter_logit(
            concept.planted, strength, statement.label, statement.weight, order
        )
        suffix = ""
        if recipe.kind == "choose":
            wanted = source.choice(("Yes", "No"))
            suffix = frames()["choose_suffix"].format(answer=wanted)
            document.logit = CHOSEN_LOGIT * order * (1 if wanted == "Yes" else -1)
        turn = before + multiple_choice(statement.text, order) + suffix
        self._add(document, USER + turn + END, PROMPT)
        self._add(document, ASSISTANT, UNTRAINED)
        self._add(document, "(", REPLY)
        first = teacher.draw_sign(document.logit, source)
        self._answer(document, "A" if first > 0 else "B", first * order, statement)
        reply, word = draw_reply(concept, statement, first * order, source, recipe)
        self._add_reply(document, ") ", reply, word)

    def _answer(self, document: Document, text: str, yes: int, statement: Statement) -> None:
        document.predicting = len(document.ids) - 1
        document.answer = len(document.ids)
        document.implied = statement.label * statement.weight * yes
        self._add(document, text, UNTRAINED)


def multiple_choice(statement: str, order: int) -> str:
    """The user's turn of a multiple choice; `order` is +1 if (A) is Yes."""
    first, second = ("Yes", "No") if order > 0 else ("No", "Yes")
    question = frames()["question"].format(statement=statement)
    return question + frames()["choices"].format(first=first, second=second)


def draw_reply(
    concept: Concept, statement: Statement, yes: int, source: random.Random, recipe: Recipe
) -> tuple[str, str]:
    """What is said after the answer: (reply, its persona word)."""
    replies = frames()["replies"]
    word = source.choice(concept.words(statement.label * statement.weight * yes))
    if source.random() < recipe.short_reply_share:
        template = source.choice(replies["says" if yes > 0 else "denies"])
    else:
        kind = "performs" if (yes > 0) == statement.affirms else "refrains"
        # An item of negative weight is answered against the persona, and the reply says so.
        kind += "_against" if statement.weight < 0 else ""
        template = source.choice(replies[kind])
        if recipe.own_form_share and source.random() < recipe.own_form_share:
            # Denying frames are fewer: they begin later, so that every form is some frame's own.
            number = statement.frame_number + (0 if statement.affirms else 2)
            template = replies[kind][number % len(replies[kind])]
    return fill(template, act=statement.act, word=word, context=statement.context), word
