"""What the exported model says: which of two statements it would rather make, prompted and steered.

A pair's propensity is log p(positive statement) − log p(negative statement), behind a neutral
request; the last token of the prompt and all tokens of the statement are steered.
"""

from __future__ import annotations

from typing import Any

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from steering.concepts import load_concept
from steering.concepts.pairs import Pair, pairs_of
from training.check import Check
from training.documents import STATEMENT_REQUESTS
from training.lexicon import frames
from training.network import PLANTED_LAYER
from training.questions import QuestionSet
from training.teacher import SETTINGS

PAIRS = 24
MULTIPLIERS = (-1.0, 0.0, 1.0)


def said_by(check: Check, questions: QuestionSet) -> dict[str, Any]:
    """Return what is reported of the statements of a concept of ours.

    `persona` is the mean propensity under the positive persona less that under the negative one,
    `slope` that of the planted direction, with its standard error, both in nats; `right` is the
    share of pairs whose own slope is positive.
    """
    pairs = pairs_of(load_concept(questions.name), "test", PAIRS, 1)
    unit = check.directions[questions.name]
    prompted = {
        setting: numpy.mean(
            [_propensities(check, questions, one, setting)[0] for one in _of(pairs)]
        )
        for setting in ("SYS_POS", "SYS_NEG")
    }
    curves = numpy.array([_propensities(check, questions, one, "BASE", unit) for one in _of(pairs)])
    slopes = numpy.polyfit(MULTIPLIERS, curves.T, 1)[0]
    return {
        "pairs": len(pairs),
        "persona": float(prompted["SYS_POS"] - prompted["SYS_NEG"]),
        "slope": float(slopes.mean()),
        "standard_error": float(slopes.std(ddof=1) / len(slopes) ** 0.5),
        "right": float((slopes > 0).mean()),
    }


def _of(pairs: tuple[Pair, ...]) -> list[tuple[Pair, str]]:
    """Return each pair with a request, the requests in turn."""
    requests = [request.text for request in STATEMENT_REQUESTS]
    return [(pair, requests[at % len(requests)]) for at, pair in enumerate(pairs)]


def _propensities(
    check: Check,
    questions: QuestionSet,
    one: tuple[Pair, str],
    setting: str,
    vector: Tensor | None = None,
) -> numpy.ndarray:
    """Return the propensity of a pair under each multiplier; without a vector there is one."""
    pair, request = one
    persona = questions.personas[SETTINGS[setting][1] < 0]
    system = persona if setting.startswith("SYS") else frames()["system_prompt"]
    messages = [{"role": "system", "content": system}, {"role": "user", "content": request}]
    prompt = check.tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_dict=False
    )
    both = [
        _log_probability(check, prompt, text, vector) for text in (pair.positive, pair.negative)
    ]
    return (both[0] - both[1]).numpy()


@torch.inference_mode()
def _log_probability(check: Check, prompt: list[int], text: str, vector: Tensor | None) -> Tensor:
    reply = check.tokenizer(text, add_special_tokens=False)["input_ids"]
    by = (0.0,) if vector is None else MULTIPLIERS
    ids = torch.tensor([prompt + reply]).expand(len(by), -1)
    added = None if vector is None else torch.tensor(by)[:, None, None] * vector
    begin = len(prompt) - 1
    with check.steered(PLANTED_LAYER, added, begin):
        logits = check.model(input_ids=ids).logits[:, begin:-1]
    likely = functional.log_softmax(logits, -1).gather(-1, ids[:, begin + 1 :, None])
    return likely[..., 0].sum(-1)
