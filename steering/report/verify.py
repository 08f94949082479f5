"""Measures again what a reliability card claims, and says what differs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steering.analysis.verified import Compared, compared, same_place
from steering.concepts import Concept, load_concept
from steering.errors import Refused
from steering.measuring.identity import revision_of
from steering.measuring.kept import CARD_FILE
from steering.measuring.measure import measure
from steering.measuring.plan import OF_THE_SERVICE, Plan
from steering.models.catalogue import model_folder
from steering.models.labels import labelled
from steering.records.reliability import About, ReliabilityCard
from steering.report.cards import CardedRun, card_of

if TYPE_CHECKING:
    from steering.measuring.price import Price

_COMMIT = re.compile(r"[0-9a-f]{40}")


class Another(Refused):
    """What was named, or is here, is another model or other data than the card is about."""


@dataclass(frozen=True)
class Verified:
    """A card, the card of what was measured now, and what both say beside each other."""

    card: ReliabilityCard
    found: ReliabilityCard
    rows: tuple[Compared, ...]

    @property
    def same_place(self) -> bool:
        """Return whether both were measured on the same kind of machine, in the same precision."""
        return same_place(self.card, self.found)

    @property
    def differing(self) -> list[Compared]:
        """Return what differs by more than it may."""
        return [row for row in self.rows if not row.agrees]


def measured_again(
    card: ReliabilityCard,
    out: Path,
    *,
    model: str = "",
    concept: str = "",
    vector: str = "",
    device: str | None = None,
    data_dir: Path | None = None,
    announce: Callable[[Price], None] | None = None,
    trust_remote_code: bool = False,
) -> Verified:
    """Return what a card says beside what measuring it again gives; results are kept in `out`.

    `model`, `concept` and `vector` say where these lie now; without them they are what the card
    names. Raises Another where one of them is not what the card is about, and Refused where one is
    not named or not to be had, and where the card was measured on a service.
    """
    about = card.about
    if about.dtype == OF_THE_SERVICE or about.plan.get("dtype") == OF_THE_SERVICE:
        raise Refused(
            "the card was measured on a service, which chooses machine and precision itself: "
            "it cannot be measured again here."
        )
    if (out / CARD_FILE).is_file():
        raise Refused(
            f"{str(out)!r} holds results already, and what a card claims has to be measured again: "
            "name another folder."
        )
    asked = _model(about, model)
    loaded = _concept(about, concept, data_dir)
    plan = _plan(about, vector)
    if device is None and about.device == "cpu":
        device = "cpu"
    results = measure(
        asked,
        loaded,
        plan,
        out,
        device=device,
        data_dir=data_dir,
        trust_remote_code=trust_remote_code,
        announce=announce,
    )
    _require_same("the revision", about.revision, results.cards[0]["model"]["revision"], asked)
    found = card_of(CardedRun(out, None))
    return Verified(card, found, tuple(compared(card, found)))


def _model(about: About, named: str) -> str:
    """Return by which name the model is asked for; looked at beforehand where it lies here."""
    asked = named or about.model_reference
    if not asked:
        raise Refused(
            f"the card does not say where model {about.model!r} lies: name it by --model."
        )
    _, model = labelled(asked)
    if model_folder(model) is not None:
        _require_same("the revision", about.revision, revision_of(model), asked)
    elif "@" not in model and _COMMIT.fullmatch(about.revision):
        return f"{asked}@{about.revision}"
    return asked


def _concept(about: About, named: str, data_dir: Path | None) -> Concept:
    asked = named or about.concept_reference
    if not asked:
        raise Refused(
            f"concept {about.concept!r} came from a file {about.origin!r}, and the card does not "
            "say where that lies: name it by --concept."
        )
    concept = load_concept(asked, data_dir)
    _require_same("the file of questions", about.sha256, concept.sha256 or "", asked)
    for name in ("positive_persona", "negative_persona"):
        what = f"the sentence of the {name.replace('_', ' ')}"
        _require_same(what, getattr(about, name), getattr(concept, name) or "", asked)
    return concept


def _plan(about: About, vector: str) -> Plan:
    """Return the plan that the card was measured by, with the given vector where it lies now."""
    fields: dict[str, Any] = {**about.plan, "form": about.form}
    given = fields.get("vector", "")
    if given and not vector:
        raise Refused(
            f"the card is about the vector in the file {given!r}, and does not say where that "
            "lies: name it by --vector."
        )
    if vector and not given:
        raise Refused(f"the card is about no given vector: leave --vector {vector!r} out.")
    try:
        plan = Plan(**fields)
    except TypeError as error:
        raise Refused(
            f"the card's plan has fields that this version does not know ({error}): use the "
            f"version that it was measured by, {about.versions.get('steering', 'an older one')}."
        ) from error
    if not given:
        return plan
    from steering.measuring.given import pinned  # noqa: PLC0415 - imports PyTorch

    here = pinned(replace(plan, vector=vector, vector_sha256=""))
    _require_same("the vector", plan.vector_sha256, here.vector_sha256, vector)
    return here


def _require_same(what: str, card: str, here: str, asked: str) -> None:
    if card != here:
        raise Another(
            f"{what} of {asked!r} is not what the card is about: the card has {card!r}, and here "
            f"it is {here!r}."
        )
