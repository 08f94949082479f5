"""Kept results: a run folder holds the result of each stage, and the identity it was made under.

The results stay after a measurement is complete. A plan that asks for more, or a later version of
the code, then measures only what is missing.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steering.errors import Refused
from steering.measuring.identity import RESIDUAL, Stages
from steering.records.strength import CONTRACTS as STRENGTH
from steering.records.tables import CONTRACTS
from steering.storage import LOCK_FILE, is_unfinished, unwritable, write_json

PLAN_FILE = "plan.json"
CARD_FILE = "card.json"
_DONE = "stages.json"
# Stages that take no forward pass: they are repeated without the user's asking for it.
_WITHOUT_PASSES = ("layer", "tables")
_LAYER, _RENDERING = "chosen layer", "rendered prompt"
_RESULTS = (
    *(f"{name}.parquet" for name in (*CONTRACTS, "replies", "predictors", "wordings", *STRENGTH)),
    *("vector.safetensors", CARD_FILE),
)


@dataclass(frozen=True)
class Kept:
    """The results of stages that a run folder holds.

    Attributes:
        folder: the run folder.
        wanted: the identity of each stage that the plan has.
    """

    folder: Path
    wanted: Stages

    @property
    def parts(self) -> Path:
        """Return the folder that holds what an unfinished stage has measured so far."""
        return self.folder / "parts"

    def path(self, name: str, suffix: str) -> Path:
        """Return the file that holds a stage's result."""
        return self.folder / "stages" / f"{name.replace('/', '-')}.{suffix}"

    def has(self, *names: str) -> bool:
        """Return whether these stages are done, with the identities that are wanted."""
        done = self._done()
        return all(name in self.wanted and done.get(name) == self.wanted[name] for name in names)

    def add(self, *names: str) -> None:
        """Record that these stages are done. Their results have to be on disk already."""
        done = self._done() | {name: self.wanted[name] for name in names}
        write_json(done, self.folder / "stages" / _DONE)

    def discard_stale(self) -> None:
        """Mark as not done the stages that the plan lacks, or wants with another identity."""
        done = self._done()
        same = {
            name: one
            for name, one in done.items()
            if name in (_LAYER, _RENDERING) or self.wanted.get(name) == one
        }
        if same != done:
            write_json(same, self.folder / "stages" / _DONE)

    def settle(self, layer: int) -> None:
        """Record the chosen layer. What was measured at another one counts as not done."""
        done = self._done()
        if done.get(_LAYER) != str(layer):
            before = ("vectors/", RESIDUAL, "sweep/validation/", "prefilled", _RENDERING)
            same = {name: one for name, one in done.items() if name.startswith(before)}
            write_json(same | {_LAYER: str(layer)}, self.folder / "stages" / _DONE)

    def rendered_otherwise(self, rendering: str) -> bool:
        """Return whether stages that are wanted were measured with prompts of another rendering."""
        known = self._done().get(_RENDERING, rendering)
        return known != rendering and any(self.has(name) for name in self.wanted)

    def render(self, rendering: str) -> None:
        """Record how prompts are rendered. What was measured otherwise counts as not done."""
        done = self._done()
        if done.get(_RENDERING, rendering) != rendering:
            remove_parts(self.folder)
            done = {}
        if _RENDERING not in done:
            write_json(done | {_RENDERING: rendering}, self.folder / "stages" / _DONE)

    def _done(self) -> Stages:
        file = self.folder / "stages" / _DONE
        stages: Stages = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return stages


def identity_in(folder: Path) -> dict[str, Any] | None:
    """Return the identity of the results in a folder; None if it is empty or does not exist.

    A lock counts for nothing, nor does a file that was not finished: a process that was killed may
    have left both.

    Raises Refused for a file, a folder of something else, and an identity that is damaged.
    """
    file = folder / PLAN_FILE
    if not file.is_file():
        there = folder.iterdir() if folder.is_dir() else ()
        if any(one.name != LOCK_FILE and not is_unfinished(one) for one in there):
            raise Refused(
                f"{str(folder)!r} holds files that are no results of ours: name an empty folder."
            )
        if folder.exists() and not folder.is_dir():
            raise Refused(f"{str(folder)!r} is a file: name a folder for the results.")
        return None
    try:
        identity: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{str(file)!r} is not readable ({error}): remove the folder.") from error
    return identity


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of the parts in which two identities differ."""
    flat = [{**each, **each.get("plan", {})} for each in (one, other)]
    names = sorted({*flat[0], *flat[1]} - {"plan", "stages", "rendered_by"})
    different = [name for name in names if flat[0].get(name) != flat[1].get(name)]
    return different or ["code"]


def contradicted(kept: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Return whether a folder holds a stage that another plan, or other code, has measured.

    Missing stages do not count as a contradiction, nor do stages that take no forward pass.
    """
    held: Stages = kept.get("stages", {})
    if "stages" not in kept:
        return True
    same = wanted["stages"]
    return any(held[name] != same.get(name) for name in held if name not in _WITHOUT_PASSES)


def is_complete(folder: Path, wanted: dict[str, Any]) -> bool:
    """Return whether a folder holds a whole measurement. Its card is written last."""
    return identity_in(folder) == wanted and (folder / CARD_FILE).is_file()


def is_without_results(folder: Path) -> bool:
    """Return whether a folder holds nothing that a forward pass has given: no stage, no part."""
    files = [*(folder / "parts").glob("*"), *(folder / "stages").glob("*")]
    return all(file.name == _DONE for file in files)


def remove_results(folder: Path) -> None:
    """Remove the tables and the card, so that the folder counts as incomplete."""
    try:
        for name in _RESULTS:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def remove_parts(folder: Path) -> None:
    """Remove what unfinished stages have left."""
    _remove_folder(folder / "parts")


def remove_all(folder: Path) -> None:
    """Remove all files of a measurement, and the folder itself if nothing else is in it."""
    try:
        remove_results(folder)
        (folder / PLAN_FILE).unlink(missing_ok=True)
        remove_parts(folder)
        _remove_folder(folder / "stages")
    except OSError as error:
        raise unwritable(folder, error) from error
    with suppress(OSError):
        folder.rmdir()


def _remove_folder(folder: Path) -> None:
    for file in folder.glob("*") if folder.is_dir() else []:
        file.unlink()
    if folder.is_dir():
        folder.rmdir()
