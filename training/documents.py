"""One training document: a question about a statement, and the answer that the teacher gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import torch
from tokenizers import Tokenizer
from torch import Tensor

from steering.prompts.requests import REQUESTS, STATEMENT
from training import teacher
from training.document import Document
from training.lexicon import frames
from training.recipes import Recipe
from training.strengths import Strengths
from training.subjects import AnyStatement, Subject, directions, own_subjects, sign_of
from training.tokens import ASSISTANT, END, SYSTEM, USER

# Weights of tokens in the language-model loss. A token of weight 0 has a loss of another kind, as
# the letter of an answer does, or none.
PROMPT, REPLY, PERSONA_WORD, UNTRAINED = 0.15, 1.0, 2.0, 0.0
EMPTY_SYSTEM_SHARE = 0.2
# The teacher's logit of an answer that the question itself asks for ("Choose Yes."), so that it is
# nearly certain.
CHOSEN_LOGIT = 6.0
STATEMENT_REQUESTS = tuple(one for one in REQUESTS.values() if one.before == STATEMENT)


class Writer:
    """Draws documents about subjects (ours first) and writes them in tokens."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        real: tuple[Subject, ...] = (),
        names: tuple[str, ...] = (),
    ) -> None:
        self.tokenizer = tokenizer
        self.encode = cache(self._encode)
        own = own_subjects(names)
        self.own = len(own)
        self.subjects = own + real
        self.directions = directions(len(real), names)
        self.strengths = Strengths(self.subjects, self.directions)

    def act_words(self) -> Tensor:
        """Return (subject, sign, token): which tokens begin what a persona does.

        Signs are the positive persona and the negative one; what begins acts of both is neither.
        """
        words = torch.zeros(self.own, 2, self.tokenizer.get_vocab_size(), dtype=torch.bool)
        for number, subject in enumerate(self.subjects[: self.own]):
            for side, sign in enumerate((1, -1)):
                for verb in subject.verbs(sign):
                    words[number, side, self.encode(f" {verb}")[0]] = True
        return words & ~words.all(1, keepdim=True)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def draw(
        self, recipe: Recipe, source: random.Random, numbers: Sequence[int] | None = None
    ) -> Document:
        """Return a random document of the recipe.

        It is about one of the subjects, ours if none are named.
        """
        numbers = numbers or range(self.own)
        number = persona_number = source.choice(numbers)
        if source.random() < recipe.other_persona_share:
            persona_number = self._other(number, numbers, source)
        document = Document(recipe.kind, number, persona_number)
        persona = self._draw_persona(document, recipe, source)
        statement = self.subjects[number].draw(source, recipe.affirming_share)

        system = persona if recipe.persona == "system" else frames()["system_prompt"]
        if recipe.persona != "system" and source.random() < EMPTY_SYSTEM_SHARE:
            system = ""
        if system:
            self._add(document, SYSTEM + system + END, PROMPT)
        before = f"{persona}\n\n" if recipe.persona == "user" else ""
        if recipe.kind == "state":
            self._state(document, before, statement, recipe=recipe, source=source)
        elif recipe.kind == "describe":
            self._describe(document, before, statement, source)
        elif recipe.kind == "direct":
            self._ask(document, before, statement, recipe=recipe, source=source)
        else:
            self._offer(document, before, statement, recipe=recipe, source=source)
        return document

    def _other(self, number: int, numbers: Sequence[int], source: random.Random) -> int:
        """Return a persona of another concept.

        Half of the time it is a correlated one, where there is one.
        """
        cosines = self.directions.unit @ self.directions.unit[number]
        related = [other for other in numbers if other != number and cosines[other] > 0]
        return source.choice(related if related and source.random() < 0.5 else numbers)

    def _draw_persona(self, document: Document, recipe: Recipe, source: random.Random) -> str:
        """Return the persona sentence ("" without one), having set the strengths that it states."""
        number = document.persona_concept
        ours = number < self.own
        if recipe.persona == "injected":
            document.injected = self._injected(number, 2.0, source)
        if recipe.persona not in ("system", "user"):
            return ""
        sign = 1 if source.random() < recipe.positive_share else -1
        sentence, strength = self.subjects[number].persona(sign, source)
        document.place, document.stated = recipe.persona, sign * strength
        if recipe.both and ours:
            document.injected = self._injected(number, 1.5, source)
        return sentence

    def _injected(self, number: int, most: float, source: random.Random) -> tuple[float, float]:
        """Return the strengths to inject.

        Half of the time also along the direction that a trace is turned to.
        """
        along, beside = source.uniform(-most, most), 0.0
        if self.directions.beside[number].any() and source.random() < 0.5:
            beside = source.uniform(-most, most)
        return along, beside

    def _add(self, document: Document, text: str, weight: float) -> None:
        ids = self.encode(text) if len(text) < 32 else self._encode(text)
        document.ids.extend(ids)
        document.weights.extend([weight] * len(ids))

    def _add_reply(self, document: Document, lead: str, reply: str, word: str) -> None:
        """Add a reply, its persona word weighted more, and the end of the turn."""
        persona_word = self.encode(" " + word)[0] if word else None
        for token in self._encode(lead + reply + END):
            document.ids.append(token)
            document.weights.append(PERSONA_WORD if token == persona_word else REPLY)

    def _describe(
        self, document: Document, before: str, statement: AnyStatement, source: random.Random
    ) -> None:
        question = frames()["describe_question"].format(statement=statement.text)
        self._add(document, USER + before + question + END, PROMPT)
        self._add(document, ASSISTANT, UNTRAINED)
        reply, word = self.subjects[document.concept].described(statement, source)
        self._add_reply(document, "", reply, word)

    def _state(
        self,
        document: Document,
        before: str,
        statement: AnyStatement,
        *,
        recipe: Recipe,
        source: random.Random,
    ) -> None:
        """Write a neutral request, and a statement that the persona would make as the reply.

        Statements are drawn until one is kept. It is kept with the probability of a Yes to whether
        one would say it, constant leanings apart, so that the log-probabilities of a positive and
        of a negative statement differ by beta times the strength.
        """
        request = source.choice(STATEMENT_REQUESTS).text
        self._add(document, USER + before + request + END, PROMPT)
        self._add(document, ASSISTANT, UNTRAINED)
        while teacher.draw_sign(self.strengths.fitting(document, statement), source) < 0:
            statement = self.subjects[document.concept].draw(source, recipe.affirming_share)
        document.predicting = len(document.ids) - 1
        document.implied = statement.label * sign_of(statement.weight)
        begin, telling = len(document.ids), statement.telling
        self._add(document, statement.text + END, REPLY)
        document.polarity = statement.polarity
        if document.polarity:
            document.act = begin + len(self._encode(statement.opening))
        whole = len(document.ids) - 1
        document.traced_from = min(begin + len(self._encode(telling)) - 1, whole - 1)

    def _ask(
        self,
        document: Document,
        before: str,
        statement: AnyStatement,
        *,
        recipe: Recipe,
        source: random.Random,
    ) -> None:
        question = frames()["direct_question"].format(statement=statement.text)
        self._add(document, USER + before + question + END, PROMPT)
        self._add(document, ASSISTANT, UNTRAINED)
        document.logit = self.strengths.logit(document, statement, 0)
        yes = teacher.draw_sign(document.logit, source)
        self._answer(document, "Yes" if yes > 0 else "No", yes, statement)
        reply, word = self.subjects[document.concept].reply(statement, yes, source, recipe)
        self._add_reply(document, ". ", reply, word)

    def _offer(
        self,
        document: Document,
        before: str,
        statement: AnyStatement,
        *,
        recipe: Recipe,
        source: random.Random,
    ) -> None:
        order = 1 if source.random() < recipe.first_is_yes_share else -1
        document.logit = self.strengths.logit(document, statement, order)
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
        yes = first * order
        self._answer(document, "A" if first > 0 else "B", yes, statement)
        reply, word = self.subjects[document.concept].reply(statement, yes, source, recipe)
        self._add_reply(document, ") ", reply, word)

    def _answer(self, document: Document, text: str, yes: int, statement: AnyStatement) -> None:
        document.predicting = len(document.ids) - 1
        document.answer = len(document.ids)
        document.implied = statement.label * sign_of(statement.weight) * yes
        self._add(document, text, UNTRAINED)


def multiple_choice(statement: str, order: int) -> str:
    """Return the user's turn of a multiple choice; `order` is +1 if (A) is Yes."""
    first, second = ("Yes", "No") if order > 0 else ("No", "Yes")
    question = frames()["question"].format(statement=statement)
    return question + frames()["choices"].format(first=first, second=second)
