"""The card of a run: what was measured on what, and all that is needed to repeat it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from steering.errors import Refused


class ModelAbout(TypedDict):
    """What a card says of the model.

    `quantisation`: how its weights are stored where that is not plainly, and whether it was undone.
    `adapter` and `base`: what was merged into what.
    """

    name: str
    revision: str
    architecture: str
    layers: int
    width: int
    parameters: int
    quantisation: NotRequired[str]
    adapter: NotRequired[str]
    base: NotRequired[str]


class Prompting(TypedDict):
    """How the model was spoken to: which tokens of a prompt were read and steered.

    `system_folded`: the chat template writes a system message into the user's turn, which is no
    `system_role`.
    """

    template: str
    system_role: bool
    system_folded: NotRequired[bool]
    end_of_prompt: list[str]
    steered_token: str
    letters_read: list[str]


class GivenAbout(TypedDict):
    """What a card says of a vector that was given as a file.

    `layers` are those of the file that were tried, and `named` whether the reader named the layer.
    `about` is what the file says of itself.
    """

    file: str
    format: str
    sha256: str
    layers: list[int]
    named: bool
    about: dict[str, str]


class OperatingAbout(TypedDict):
    """What a card says of the operating point: λ, its dose, and the cost that was allowed.

    The cost is the log-likelihood that a token of neutral text loses, in nats.
    """

    multiplier: float
    dose: float
    cost_limit: float


class RunCard(TypedDict, total=False):
    """The card of a run, `card.json` of its folder.

    `layer` is the chosen one; norms and cosines are of vectors there, by prompt setting.
    `validation_slopes` are the mean slopes by which it was chosen. `stages` holds the identity of
    each stage of the measurement. `rendered` is by prompt setting a hash of one rendered prompt,
    and `control_multipliers` the λ of each kind of control. `form` is that of the questions, which
    older cards do not name, since there was one. `left_out` names the questions that do not fit the
    model's context. `given` stands where the vector was given as a file and not made here, and
    `operating` where it was measured how strongly the vector may be applied.
    `committed` stands in the cards of committed runs alone, and says on what machine they were
    measured.
    """

    model: ModelAbout
    concept: dict[str, Any]
    form: str
    layer: int
    layers: list[int]
    validation_slopes: dict[str, float]
    vector_norms: dict[str, float]
    cosines: dict[str, float]
    cosine_planted: float | None
    residual_norm: float
    other_concept: str | None
    multipliers: list[float]
    control_multipliers: dict[str, list[float]]
    settings: list[str]
    settings_left_out: list[str]
    prompting: Prompting
    rendered: dict[str, str]
    skipped: dict[str, int]
    left_out: str
    items: dict[str, int]
    versions: dict[str, str]
    device: str
    dtype: str
    date: str
    generations: list[dict[str, Any]]
    plan: dict[str, Any]
    plan_hash: str
    stages: dict[str, str]
    seconds: float
    committed: dict[str, Any]
    given: GivenAbout
    operating: OperatingAbout


def read_card(folder: Path) -> RunCard:
    """Return the card of a run. Raises Refused where a folder has none."""
    path = folder / "card.json"
    if not path.is_file():
        raise Refused(f"{str(folder)!r} has no card.json: run `steering measure` into it first.")
    try:
        card: RunCard = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(
            f"{str(path)!r} is no readable card of a run ({error}): measure it again."
        ) from error
    return card
