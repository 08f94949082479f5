"""The run card: what was measured on which model, and all that is needed to repeat it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from steering.forward.copies import Intervention
from steering.measuring.capped import is_capped
from steering.measuring.entries import tried_controls
from steering.measuring.run import RenderedPrompts, Run, rendering
from steering.prompts import said
from steering.prompts.template import folds_system_message, has_system_role
from steering.records.protocols import protocol_of
from steering.records.tables import NO_LETTER, TODAY
from steering.vectors.arithmetic import cosine
from steering.vectors.makers import MAKERS, Contrast

# Where the vectors of each form are read, as their files say it.
READ_AT = {TODAY["form"]: "letter of the answer", said.NAME: "mean over the tokens of the reply"}


def run_card(
    run: Run,
    rendered: RenderedPrompts,
    contrasts: Mapping[str, Contrast],
    layers: tuple[int, Mapping[int, float]],
    truth: Intervention | None,
) -> dict[str, Any]:
    """Return the card, except for what is known only at the end of a measurement.

    Norms and cosines are those of vectors at the chosen layer. `layers` is that layer, and the mean
    slope on validation items of each layer that it was chosen from.
    """
    layer, by_layer = layers
    make = MAKERS[run.plan.maker].make
    base = contrasts["BASE"]
    vectors = {setting: make(one)[layer] for setting, one in contrasts.items()}
    test_groups = {item.group for item in rendered.items["test"]}
    return {
        "model": run.model.about(),
        "concept": _concept(run),
        "form": run.plan.form,
        "protocol": protocol_of({**asdict(run.plan.asking), "layers": run.plan.layers}),
        "layer": layer,
        "layers": sorted(by_layer),
        "validation_slopes": {str(at): slope for at, slope in by_layer.items()},
        "vector_norms": {setting: float(vector.norm()) for setting, vector in vectors.items()},
        "cosines": {
            setting: cosine(vector, vectors["BASE"]) for setting, vector in vectors.items()
        },
        "cosine_planted": _cosine_planted(make(base), truth),
        "residual_norm": float(base.residual_norm[layer]),
        "other_concept": run.other_concept.name if run.other_concept else None,
        "multipliers": list(run.plan.multipliers),
        "control_multipliers": {
            kind: list(run.plan.multipliers_of(kind)) for kind in tried_controls(run.plan)
        },
        "settings": list(rendered.settings),
        "settings_left_out": [name for name in run.plan.settings if name not in rendered.settings],
        "prompting": _prompting(run, rendered),
        "rendered": rendering(run, rendered.settings),
        "skipped": {"too_long": rendered.too_long, **_left_out(run)},
        "left_out": rendered.left_out,
        "items": {
            **{split: len(some) for split, some in rendered.items.items()},
            "groups_test": len(test_groups),
            "groups_train": len({item.group for item in rendered.items["train"]}),
            "train_capped": is_capped(run.plan, run.model, run.concept),
        },
        "versions": _versions(),
        "device": run.model.place,
        "dtype": str(run.model.dtype).removeprefix("torch."),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cosine_planted(vectors: Float[Tensor, "layer width"], truth: Intervention | None) -> Any:
    # A given vector need not have one at the layer of the true direction.
    if truth is None or not torch.isfinite(vectors[truth.layer]).all():
        return None
    return cosine(vectors[truth.layer], truth.vector)


def vector_metadata(run: Run, layer: int) -> dict[str, Any]:
    """Return the metadata of a vector file that depend on the run."""
    return {
        "model": run.model.name,
        "revision": run.model.revision,
        "concept": run.concept.name,
        "layer": str(layer),
        "operation": run.plan.operator,
        "position": READ_AT[run.plan.form],
        "seed": str(run.plan.seed),
        "versions": _versions(),
    }


def _concept(run: Run) -> dict[str, Any]:
    names = (
        "name", "title", "description", "positive_persona", "negative_persona", "design",
        "source", "licence", "citation", "origin", "sha256", "as_published", "note",
    )  # fmt: skip
    return {name: getattr(run.concept, name) for name in names}


def _left_out(run: Run) -> dict[str, int]:
    # Of the rows of the concept's file: how many were left out, and how many are odd but kept.
    reading = run.concept.reading
    return {} if reading is None else {k: v for k, v in asdict(reading).items() if k != "rows"}


def _prompting(run: Run, rendered: RenderedPrompts) -> dict[str, Any]:
    """Return how the model was spoken to, and which tokens of a prompt were read and steered."""
    tokenizer = run.model.tokenizer
    example = rendered.prompts["test", "BASE"][0]
    tokens = [tokenizer.decode([token]) for token in example.token_ids]
    return {
        "template": "none" if tokenizer.chat_template is None else "chat",
        "system_role": has_system_role(tokenizer),
        "system_folded": folds_system_message(tokenizer),
        "end_of_prompt": tokens[-6:],
        "steered_token": tokens[example.steered_from],
        "letters_read": [
            tokenizer.decode([letter]) for letter in example.letter_ids if letter != NO_LETTER
        ],
    }


def _versions() -> dict[str, str]:
    packages = ("steering", "torch", "transformers", "nnsight")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
