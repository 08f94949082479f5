"""What free text costs beside letters: replies have many tokens, all of them steered."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median

import torch

from experiments.benchmark.clock import cpu_seconds, side_by_side
from experiments.benchmark.measures import LAMBDAS, Row, Size, compared, row, vectors
from steering.concepts import ORDERS, load_concept
from steering.concepts.pairs import pairs_of
from steering.forward.apart import swept_apart
from steering.forward.copies import Curves
from steering.forward.scores import SAID
from steering.forward.sweep import propensities
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.sizes import of_form
from steering.models.model import Model
from steering.prompts.rendering import Prompt, render
from steering.prompts.requests import asked
from steering.prompts.said import render_said

CONCEPT = "frugal"
CONTROLS = 160


def rows(model: Model, size: Size) -> Iterator[Row]:
    """Yield what a sweep of replies takes beside one of letters, and beside as many tokens.

    A pair of statements under one request stands beside a question of the same concept with its
    letters in one order, and beside the question as it is always asked, in both orders.
    """
    concept, tokenizer = load_concept(CONCEPT), model.tokenizer
    pairs = pairs_of(concept, "test", size.items)
    replies = [render_said(concept, one, "BASE", tokenizer) for one in asked(pairs, ["yourself"])]
    items = concept.of_split("test", size.items, 1)
    asked_in = {
        "one order": [render(concept, item, "BASE", 0, tokenizer) for item in items],
        "both orders": [
            render(concept, item, "BASE", order, tokenizer) for item in items for order in ORDERS
        ],
    }
    one = vectors(model, [model.depth // 2])

    def said(many: int) -> None:
        chosen = one * many
        swept_apart(model, replies, [Curves(chosen, LAMBDAS, (SAID,))])

    def lettered(name: str) -> float:
        prompts = asked_in[name]
        return cpu_seconds(lambda: propensities(model, prompts, one, LAMBDAS)) / len(items)

    seconds = side_by_side(
        {
            "said": lambda: cpu_seconds(lambda: said(1)) / len(replies),
            **{name: partial(lettered, name) for name in asked_in},
        },
        size.rounds,
    )
    name = "said, one vector × 7 λ and one request, against letters"
    yield compared(name, model, ("said", "one order"), seconds, reach="<= 3")
    yield compared(f"{name} in both orders", model, ("said", "both orders"), seconds)
    few = replies[: max(2, size.items // 8)]
    seconds = side_by_side(
        {
            "said": lambda: cpu_seconds(
                lambda: swept_apart(model, few, [Curves(one * CONTROLS, LAMBDAS, (SAID,))])
            ),
            "tokens": lambda: as_many_tokens(model, few, 1 + CONTROLS * (len(LAMBDAS) - 1)),
        },
        max(2, size.rounds // 2),
    )
    name = f"said, {CONTROLS} vectors × 7 λ, against as many tokens in one forward"
    yield compared(name, model, ("said", "tokens"), seconds, reach="<= 1.3")


def as_many_tokens(model: Model, prompts: list[Prompt], copies: int) -> float:
    """Return the seconds of plain forwards over as many tokens as the copies of some prompts have.

    Each row is one prompt with both of its replies, computed at once with as many others as fit
    into one pass of our own; copies below the steered block are not left out.
    """
    module, total = model.module, 0.0
    for prompt in prompts:
        longest = max(map(len, prompt.answer_ids))
        filled = [[*answer, *[0] * (longest - len(answer))] for answer in prompt.answer_ids]
        row = [*prompt.steered_ids, *filled[0][:-1], *filled[1][:-1]]
        ids = torch.tensor([row] * max(1, 2048 // len(row)))
        passes = -(-copies // len(ids))

        def run(ids: torch.Tensor = ids, passes: int = passes) -> None:
            with torch.inference_mode():
                for _ in range(passes):
                    module(input_ids=ids).logits.log_softmax(-1)

        total += cpu_seconds(run)
    return total


def of_concept(model: Model, size: Size) -> Iterator[Row]:
    """Yield what a concept takes in free text beside what it takes with letters, whole."""
    plans = {form: Plan(**of_form(form, {})) for form in ("said", "chosen")}

    def whole(form: str) -> float:
        with tempfile.TemporaryDirectory(prefix="steering-benchmark-") as folder:
            out = Path(folder) / form
            return cpu_seconds(lambda: measure(model.name, CONCEPT, plans[form], out))

    seconds = side_by_side(
        {form: (lambda form=form: whole(form)) for form in plans},  # type: ignore[misc]
        max(1, size.rounds // 3),
    )
    for form, values in seconds.items():
        name = f"a concept, {form}, {asdict(plans[form])['test_groups']} groups"
        yield row(name, model, median(values), "s")
    yield compared(
        "a concept in free text, against letters", model, ("said", "chosen"), seconds, reach="<= 2"
    )
