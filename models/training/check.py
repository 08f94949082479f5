"""An exported model under plain transformers and hooks: propensities, slopes, vectors, replies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.training import teacher
from models.training.documents import multiple_choice
from models.training.items import Item, persona_sentence
from models.training.lexicon import Concept, frames
from models.training.network import PLANTED_LAYER

MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
BATCH = 64


@dataclass(frozen=True)
class Prompt:
    """A prompt up to and including "(", and what is planted there.

    `sign` is +1 if (A) is the positive letter: the propensity is sign * (logit A - logit B).
    """

    ids: tuple[int, ...]
    sign: int
    planted_steerability: float
    planted_intercept: float


class Check:
    """Measures one exported model."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.directions = load_file(folder / "directions.safetensors")
        self.letters = self.tokenizer.convert_tokens_to_ids(["A", "B"])
        self.bracket = self.tokenizer.convert_tokens_to_ids("(")

    def prompt(self, concept: Concept, item: Item, order: int, setting: str) -> Prompt:
        """The prompt of an item in an order (0: (A) is Yes) and a prompt setting."""
        strength, direction = teacher.SETTING_STRENGTH[setting], teacher.ORDER_SIGN[order]
        statement = item.statement
        persona = persona_sentence(concept, 1 if strength > 0 else -1)
        system = persona if setting.startswith("SYS") else frames()["system_prompt"]
        turn = multiple_choice(statement.text, direction)
        if setting.startswith("USER"):
            turn = f"{persona}\n\n{turn}"
        ids = self.tokenizer.apply_chat_template(
            [{"role": "system", "content": system}, {"role": "user", "content": turn}],
            add_generation_prompt=True,
            return_dict=False,
        )
        planted = (statement.label, statement.weight, direction)
        return Prompt(
            ids=(*ids, self.bracket),
            sign=statement.label * direction,
            planted_steerability=teacher.steerability(concept.planted, *planted),
            planted_intercept=teacher.intercept(concept.planted, strength, *planted),
        )

    def prompts(self, concept: Concept, chosen: list[Item], setting: str) -> list[Prompt]:
        """Prompts of the items in both orders."""
        return [self.prompt(concept, item, order, setting) for item in chosen for order in (0, 1)]

    @torch.inference_mode()
    def propensities(
        self, prompts: list[Prompt], vector: Tensor | None = None, layer: int = PLANTED_LAYER
    ) -> numpy.ndarray:
        """Positive-minus-negative logits (prompt, multiplier); one column without a vector."""
        multipliers = torch.tensor(MULTIPLIERS if vector is not None else (0.0,))
        rows = numpy.zeros((len(prompts), len(multipliers)))
        by_length = sorted(range(len(prompts)), key=lambda number: len(prompts[number].ids))
        for begin in range(0, len(prompts), BATCH):
            numbers = by_length[begin : begin + BATCH]
            ids, last = padded([prompts[number].ids for number in numbers])
            ids, last = (part.repeat_interleave(len(multipliers), 0) for part in (ids, last))
            sign = torch.tensor([float(prompts[number].sign) for number in numbers])
            logits = self._last_logits(ids, last, multipliers.repeat(len(numbers)), vector, layer)
            difference = logits[:, self.letters[0]] - logits[:, self.letters[1]]
            rows[numbers] = (difference.view(len(numbers), -1) * sign[:, None]).numpy()
        return rows

    def _last_logits(
        self, ids: Tensor, last: Tensor, multipliers: Tensor, vector: Tensor | None, layer: int
    ) -> Tensor:
        """Logits (prompt, vocabulary) after the last token, steered there and nowhere else."""
        here = torch.arange(len(ids))

        def steer(_module: Any, _inputs: Any, output: Tensor) -> Tensor:
            output = output.clone()
            output[here, last] += multipliers[:, None] * vector
            return output

        block = self.model.model.layers[layer]
        handle = block.register_forward_hook(steer) if vector is not None else None
        try:
            hidden = self.model.model(input_ids=ids).last_hidden_state
        finally:
            if handle is not None:
                handle.remove()
        return self.model.lm_head(hidden[here, last])

    def slopes(self, prompts: list[Prompt], vector: Tensor, layer: int) -> numpy.ndarray:
        """The least-squares slope of each prompt's propensity curve."""
        return numpy.polyfit(MULTIPLIERS, self.propensities(prompts, vector, layer).T, 1)[0]

    @torch.inference_mode()
    def contrastive(self, prompts: list[Prompt]) -> Tensor:
        """Contrastive vectors (layer, width): mean difference of the two answers at the letter."""
        total = torch.zeros(len(self.model.model.layers), self.model.config.hidden_size)
        for begin in range(0, len(prompts), BATCH):
            some = prompts[begin : begin + BATCH]
            held = []
            for letter in self.letters:
                ids, last = padded([(*prompt.ids, letter) for prompt in some])
                states = self.model.model(input_ids=ids, output_hidden_states=True).hidden_states
                rows = torch.arange(len(ids))
                # The last entry has passed the final norm; its block's own output is not needed
                # here, since nothing downstream could be steered by it but the head.
                held.append(torch.stack([state[rows, last] for state in states[1:]], 1))
            sign = torch.tensor([float(prompt.sign) for prompt in some])[:, None, None]
            total += ((held[0] - held[1]) * sign).sum(0)
        return total / len(prompts)

    @torch.inference_mode()
    def reply(self, prompt: Prompt, vector: Tensor | None = None, multiplier: float = 0.0) -> str:
        """What the model says after "(", greedily; a vector steers "(" and every later token."""
        begin, ids = len(prompt.ids) - 1, torch.tensor([prompt.ids])
        if vector is not None:

            def steer(_module: Any, _inputs: Any, output: Tensor) -> Tensor:
                output = output.clone()
                output[:, begin:] += multiplier * vector
                return output

            handle = self.model.model.layers[PLANTED_LAYER].register_forward_hook(steer)
        for _ in range(40):
            token = self.model(input_ids=ids).logits[0, -1].argmax()
            if int(token) == self.tokenizer.eos_token_id:
                break
            ids = torch.cat([ids, token[None, None]], 1)
        if vector is not None:
            handle.remove()
        return self.tokenizer.decode(ids[0, begin:])


def padded(sequences: list[tuple[int, ...]]) -> tuple[Tensor, Tensor]:
    """(ids padded on the right, index of each last token). Attention never looks to the right."""
    ids = torch.zeros(len(sequences), max(map(len, sequences)), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
    return ids, torch.tensor([len(sequence) - 1 for sequence in sequences])
