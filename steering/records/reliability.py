"""The reliability card: what can be said of one concept's vector in one model, and on what grounds.

A run folder has a card of its own, `card.json` (`records.run_card`), which says how to repeat the
run. The reliability card says what was found, in one file that stands by itself. Its schema is
`reliability_schema.json` beside this module.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from steering.errors import Refused
from steering.storage import replaced

FORMAT = "reliability card of steering"
VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("reliability_schema.json")
# What cannot be said, such as the interval of one group, is null: JSON has no NaN.
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, config=_STRICT)
class Number:
    """A number, its 95 % interval, and how many curves or questions (`n`) in how many groups."""

    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: int = 0
    groups: int = 0


@dataclass(frozen=True, config=_STRICT)
class Finding:
    """A verdict: `outcome` is the answer to a claim of `analysis.verdict.outcomes`.

    `subject` is what the claim is about besides the vector, such as a shift of the prompt. `q` is p
    adjusted over a family of so many tests, and `least` the smallest number that would have shown.
    """

    claim: str
    subject: str
    outcome: str
    number: Number
    p: float | None
    q: float | None
    family: int
    least: float | None
    reason: str


@dataclass(frozen=True, config=_STRICT)
class Answering:
    """Whether the model answers at all, without a vector; `reason` says why not.

    `letters` is the probability that both letters hold together (null in free text), `personas` the
    difference that a persona in the prompt makes.
    """

    answers: bool
    reason: str
    letters: Number
    personas: Number


@dataclass(frozen=True, config=_STRICT)
class Questions:
    """On how many questions the vector moves the answer which way, each beyond chance.

    `wrong_share` is the share of those moved the wrong way. `below_zero` is the share of curves
    whose slope is below zero, by chance or not, which papers call anti-steerable.
    """

    asked: int
    right_way: int
    wrong_way: int
    undecided: int
    too_little: int
    wrong_items: tuple[int, ...]
    wrong_share: Number
    below_zero: Number


@dataclass(frozen=True, config=_STRICT)
class Operating:
    """The operating point: the strongest λ at which neutral text loses at most `limit` a token.

    `loss` and `divergence` are what it loses there, all in nats a token, `finding` what the vector
    does there, and `price` the loss for each unit of that; null unless the vector moves the answer
    the right way.
    """

    multiplier: float
    dose: float
    limit: float
    loss: float | None
    divergence: float | None
    price: float | None
    finding: Finding | None


@dataclass(frozen=True, config=_STRICT)
class Predictor:
    """What training items alone say of the vector: a name of `records.predictors`, and a value."""

    name: str
    title: str
    value: float | None


@dataclass(frozen=True, config=_STRICT)
class Pairs:
    """From how many groups of training items the vector is made, and how many would have done.

    `needed` keep 95 % of the effect, and `half` is the share that half of the groups keep.
    """

    groups: int
    items: float
    needed: float | None
    half: Number


@dataclass(frozen=True, config=_STRICT)
class About:
    """What was measured on what: all that is needed to measure it again.

    `reference` is what model or concept was asked for by; it is empty where that was a path, which
    is its owner's own affair. `plan` holds the fields of `measuring.plan.Plan`, `dose` is that of
    λ = 1, and `committed` says whether the run came with the project.
    """

    model: str
    model_reference: str
    revision: str
    architecture: str
    parameters: int
    concept: str
    concept_reference: str
    title: str
    kind: str
    sha256: str
    origin: str
    positive_persona: str
    negative_persona: str
    form: str
    layer: int
    dose: float | None
    plan: dict[str, Any]
    device: str
    dtype: str
    date: str
    versions: dict[str, str]
    committed: bool


@dataclass(frozen=True, config=_STRICT)
class ReliabilityCard:
    """One concept's vector in one model, in one form of the questions.

    `other_form` is what the vector of the other form does in that form, and `crossed` what it does
    in this one. `untested` says what this card is no ground for.
    """

    about: About
    answering: Answering
    steering: Finding
    per_dose: Number
    questions: Questions
    shifts: tuple[Finding, ...]
    specific: Finding | None
    letter: Finding | None
    prompting: tuple[Finding, ...]
    operating: Operating | None
    predictors: tuple[Predictor, ...]
    pairs: Pairs | None
    replies: Finding | None
    other_form: Finding | None
    crossed: Finding | None
    untested: tuple[str, ...]
    format: str = FORMAT
    version: int = VERSION


_ADAPTER = TypeAdapter(ReliabilityCard)


def schema() -> dict[str, Any]:
    """Return the JSON schema of a reliability card, as `SCHEMA_FILE` holds it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_ADAPTER.json_schema()}


def card_json(card: ReliabilityCard) -> str:
    """Return a card as JSON, one field a line."""
    return _ADAPTER.dump_json(card, indent=1).decode() + "\n"


def write_reliability(text: str, path: Path) -> Path:
    """Return the path after writing a card to it, as JSON or as a page; it appears whole or not.

    Raises Refused where the folder cannot be written.
    """
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def read_reliability(path: Path) -> ReliabilityCard:
    """Return the card of a file.

    Raises Refused where there is none, where the file is damaged or holds something else, and where
    it is a card of another version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Refused(
            f"{str(path)!r} could not be read ({reason}): name a card that `steering card` wrote."
        ) from error
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise Refused(
            f"{str(path)!r} is no readable JSON ({error}): write the card again by `steering card`."
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise Refused(
            f"{str(path)!r} is no reliability card: name a .json file that `steering card` wrote."
        )
    if raw.get("version") != VERSION:
        raise Refused(
            f"{str(path)!r} is a card of version {raw.get('version')!r}, and this program reads "
            f"version {VERSION}: write it again by `steering card`."
        )
    try:
        return _ADAPTER.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(
            f"{str(path)!r} is a damaged card ({where}: {first['msg']}): write it again by "
            "`steering card`."
        ) from error
