"""Replies of the exported model, prompted and steered, for a reader to judge."""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor
from tqdm import tqdm

from training.check import Check
from training.network import PLANTED_LAYER
from training.questions import QuestionSet
from training.subjects import sign_of

REPLIES_PER_CONCEPT = 12
STEERED = (-1.5, 0.0, 1.5)


def reply_quality(check: Check, ours: list[QuestionSet], quiet: bool) -> dict[str, float]:
    """Return how good greedy replies under both personas are.

    Do they name the act, and does the persona fit the answer?

    `forms` counts different replies once the act, the context and the persona's word are taken
    out.
    """
    named, fitting, forms = [], [], set()
    for questions in tqdm(ours, desc="replies", disable=quiet):
        assert questions.concept is not None
        for number, question in enumerate(questions.parts["test"][:REPLIES_PER_CONCEPT]):
            for setting in ("SYS_POS", "SYS_NEG"):
                prompt = check.prompt(questions, question, number % 2, setting)
                reply = check.reply(prompt)
                named.append(question.act in reply)
                # The letter of the answer says which persona would have given it.
                first = 1 if reply[1:2] == "A" else -1
                words = questions.concept.words(prompt.sign * first * sign_of(question.weight))
                used = [word for word in words if re.search(rf"\b{word}\b", reply)]
                fitting.append(bool(used))
                for word in used:
                    reply = re.sub(rf"\b[Aa]n? {word}\b|\b{word}\b", "WORD", reply)
                bare = reply.replace(question.act, "ACT")
                forms.add(bare.replace(question.context or "CONTEXT", "CONTEXT")[4:])
    return {
        "replies": len(named),
        "name_the_act": sum(named) / len(named),
        "fit_the_answer": sum(fitting) / len(fitting),
        "forms": len(forms),
    }


def sample_replies(
    check: Check, everything: list[QuestionSet], vectors: dict[str, Tensor], layer: int
) -> list[dict[str, Any]]:
    """Return one item of every concept and set, prompted and steered.

    Statements of public sets are not written down: only the number of the item is.
    """
    rows = []
    for questions in everything:
        question = questions.parts["test"][0]
        entry: dict[str, Any] = {"concept": questions.name, "order": 0}
        if questions.planted:
            entry["statement"] = question.statement
        for setting in ("SYS_POS", "SYS_NEG"):
            entry[setting] = check.reply(check.prompt(questions, question, 0, setting))
        if layer == PLANTED_LAYER:
            prompt = check.prompt(questions, question, 0, "BASE")
            for multiplier in STEERED:
                entry[f"steered {multiplier:+}"] = check.reply(
                    prompt, vectors[questions.name][layer], multiplier
                )
        rows.append(entry)
    return rows
