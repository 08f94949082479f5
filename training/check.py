"""Checks of an exported model under plain transformers: propensities, slopes, vectors, replies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, Cache

from training import teacher
from training.documents import multiple_choice
from training.lexicon import frames
from training.network import PLANTED_LAYER
from training.questions import Question, QuestionSet
from training.shapes import blocks_of, body_of
from training.teacher import MULTIPLIERS

BATCH = 64
LONGEST_REPLY = 40


@dataclass(frozen=True)
class Prompt:
    """A prompt up to and including "(", and the question that it asks.

    `sign` is +1 if (A) is the positive letter: the propensity is sign * (logit A - logit B).
    """

    ids: tuple[int, ...]
    sign: int
    question: Question
    order: int


class Check:
    """Measures one exported model."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.body, self.layers = body_of(self.model), len(blocks_of(self.model))
        self.directions = load_file(folder / "directions.safetensors")
        self.letters = self.tokenizer.convert_tokens_to_ids(["A", "B"])
        self.bracket = self.tokenizer.convert_tokens_to_ids("(")

    def prompt(
        self, questions: QuestionSet, question: Question, order: int, setting: str
    ) -> Prompt:
        """Return the prompt of a question in an order (0: (A) is Yes) and a prompt setting."""
        strength, direction = teacher.SETTINGS[setting][1], teacher.ORDER_SIGN[order]
        persona = questions.personas[strength < 0]
        system = persona if setting.startswith("SYS") else frames()["system_prompt"]
        turn = multiple_choice(question.statement, direction)
        if setting.startswith("USER"):
            turn = f"{persona}\n\n{turn}"
        ids = self.tokenizer.apply_chat_template(
            [{"role": "system", "content": system}, {"role": "user", "content": turn}],
            add_generation_prompt=True,
            return_dict=False,
        )
        return Prompt((*ids, self.bracket), question.label * direction, question, order)

    def prompts(
        self, questions: QuestionSet, part: str, setting: str, most: int = 10**6
    ) -> list[Prompt]:
        """Return the prompts of the part's questions in both orders."""
        return [
            self.prompt(questions, question, order, setting)
            for question in questions.parts[part][:most]
            for order in (0, 1)
        ]

    @torch.inference_mode()
    def propensities(
        self,
        prompts: list[Prompt],
        vector: Tensor | None = None,
        layer: int = PLANTED_LAYER,
        multipliers: tuple[float, ...] = MULTIPLIERS,
    ) -> numpy.ndarray:
        """Return propensities in logits (prompt, multiplier); one column without a vector.

        Only the last token is steered, so all before it is computed once for all multipliers.
        """
        steps = torch.tensor(multipliers if vector is not None else (0.0,))
        rows = numpy.zeros((len(prompts), len(steps)))
        for numbers in batches(prompts):
            ids = torch.tensor([prompts[number].ids for number in numbers])
            cache = self._seen(ids[:, :-1], copies=len(steps))
            last = ids[:, -1:].repeat_interleave(len(steps), 0)
            added = steps.repeat(len(numbers))[:, None, None] * (0 if vector is None else vector)
            with self.steered(layer, added if vector is not None else None):
                hidden = self.body(last, past_key_values=cache).last_hidden_state
            logits = self.model.lm_head(hidden[:, -1])
            difference = logits[:, self.letters[0]] - logits[:, self.letters[1]]
            sign = torch.tensor([float(prompts[number].sign) for number in numbers])
            rows[numbers] = (difference.view(len(numbers), -1) * sign[:, None]).numpy()
        return rows

    def slopes(
        self,
        prompts: list[Prompt],
        vector: Tensor,
        layer: int,
        multipliers: tuple[float, ...] = MULTIPLIERS,
    ) -> numpy.ndarray:
        """Return the least-squares slope of each prompt's propensity curve."""
        curves = self.propensities(prompts, vector, layer, multipliers)
        return numpy.polyfit(multipliers, curves.T, 1)[0]

    @torch.inference_mode()
    def contrastive(self, prompts: list[Prompt]) -> Tensor:
        """Return the contrastive vectors (layer, width).

        They are the mean difference of the two answers at the letter.

        The last layer is left out: after it there is only the head.
        """
        layers = self.layers - 1
        total = torch.zeros(layers, self.model.config.hidden_size)
        for numbers in batches(prompts):
            ids = torch.tensor([prompts[number].ids for number in numbers])
            cache = self._seen(ids, copies=2)
            letters = torch.tensor(self.letters).repeat(len(numbers))[:, None]
            states = self.body(
                letters, past_key_values=cache, output_hidden_states=True
            ).hidden_states
            held = torch.stack([state[:, -1] for state in states[1 : layers + 1]], 1)
            held = held.view(len(numbers), 2, layers, -1)
            sign = torch.tensor([float(prompts[number].sign) for number in numbers])
            total += ((held[:, 0] - held[:, 1]) * sign[:, None, None]).sum(0)
        return total / len(prompts)

    def _seen(self, ids: Tensor, copies: int) -> Cache:
        """Return the keys and values of what all copies have in common."""
        cache: Cache = self.body(ids, use_cache=True).past_key_values
        cache.batch_repeat_interleave(copies)
        return cache

    @contextmanager
    def steered(self, layer: int, added: Tensor | None, begin: int = 0) -> Iterator[None]:
        """Yield while a vector is added to a block's output, from position `begin` on.

        Nothing is added where `added` is None.
        """
        if added is None:
            yield
            return

        def steer(_module: Any, _inputs: Any, output: Tensor) -> Tensor:
            output = output.clone()
            output[:, begin:] += added
            return output

        handle = blocks_of(self.model)[layer].register_forward_hook(steer)
        try:
            yield
        finally:
            handle.remove()

    @torch.inference_mode()
    def reply(self, prompt: Prompt, vector: Tensor | None = None, multiplier: float = 0.0) -> str:
        """Return what the model says after "(", greedily; a vector steers "(" and what follows."""
        begin, ids = len(prompt.ids) - 1, torch.tensor([prompt.ids])
        added = None if vector is None else multiplier * vector
        with self.steered(PLANTED_LAYER, added, begin):
            for _ in range(LONGEST_REPLY):
                token = self.model(input_ids=ids).logits[0, -1].argmax()
                if int(token) == self.tokenizer.eos_token_id:
                    break
                ids = torch.cat([ids, token[None, None]], 1)
        return self.tokenizer.decode(ids[0, begin:])


def planted_slopes(
    questions: QuestionSet, prompts: list[Prompt], settings: tuple[str, str] = ("BASE", "BASE")
) -> numpy.ndarray:
    """Return what is planted for each prompt of a concept, for (vector, prompt) settings."""
    assert questions.planted is not None
    return numpy.array(
        [
            teacher.steerability(
                questions.planted,
                prompt.question.label,
                prompt.question.weight,
                teacher.ORDER_SIGN[prompt.order],
                settings,
            )
            for prompt in prompts
        ]
    )


def planted_propensities(
    questions: QuestionSet, prompts: list[Prompt], setting: str
) -> numpy.ndarray:
    """Return what is planted for each prompt of a concept of ours without steering."""
    assert questions.planted is not None
    place, stated = teacher.SETTINGS[setting]
    total = teacher.strength(questions.planted, place, stated, 0.0)
    propensities = []
    for prompt in prompts:
        label, order = prompt.question.label, teacher.ORDER_SIGN[prompt.order]
        slope = teacher.per_strength(questions.planted, label, prompt.question.weight, order)
        propensities.append(teacher.constant(questions.planted, label, order) + slope * total)
    return numpy.array(propensities)


def batches(prompts: list[Prompt]) -> Iterator[list[int]]:
    """Yield numbers of prompts of one length, so that nothing needs padding."""
    by_length: dict[int, list[int]] = {}
    for number, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt.ids), []).append(number)
    for numbers in by_length.values():
        for begin in range(0, len(numbers), BATCH):
            yield numbers[begin : begin + BATCH]
