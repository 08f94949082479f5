"""The ledger: every request by what it asks, its job at a service, and its result once it is here.

A request that has been answered is never sent again, and one that is still with the service is
asked after instead: that is how an interrupted measurement goes on, and how `collect` works.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from steering.errors import Refused
from steering.folders import replaced


def name_of(*asked: Any) -> str:
    """Return the name of a request: a hash of all that its answer depends on."""
    digest = sha256()
    _add(digest.update, asked)
    return digest.hexdigest()


@dataclass(frozen=True)
class Ledger:
    """What was asked and answered, as files of a folder; without one nothing is kept.

    A result is the variables that a block saves: tensors, or lists of such, by name.
    """

    folder: Path | None = None

    def result(self, name: str) -> dict[str, Any] | None:
        """Return the answer to a request, if it is here."""
        path = self._path(name, "safetensors")
        if path is None or not path.is_file():
            return None
        return _grown(load_file(path))

    def keep(self, name: str, result: dict[str, Any]) -> None:
        """Write an answer down; from then on the job at the service is of no interest."""
        if path := self._path(name, "safetensors"):
            flat = {key: value.contiguous().clone() for key, value in _flat(result)}
            with replaced(path) as temporary:
                save_file(flat, temporary)
        self.forget(name)

    def job(self, name: str, host: str) -> str | None:
        """Return the id of a request's job at a service, if it was sent there."""
        path = self._path(name, "json")
        if path is None or not path.is_file():
            return None
        sent = json.loads(path.read_text(encoding="utf-8"))
        return str(sent["job"]) if sent["host"] == host else None

    def sent(self, name: str, host: str, job: str) -> None:
        """Write down that a request was sent: it can be asked after from another process."""
        if path := self._path(name, "json"):
            with replaced(path) as temporary:
                temporary.write_text(json.dumps({"host": host, "job": job}), encoding="utf-8")

    def forget(self, name: str) -> None:
        """Strike a request's job out: the next time it is sent anew."""
        if path := self._path(name, "json"):
            path.unlink(missing_ok=True)

    def waiting(self) -> int:
        """Return how many requests have been sent and not been answered yet."""
        return len(list(self.folder.glob("request-*.json"))) if self.folder else 0

    def answered(self) -> int:
        """Return how many requests have been answered."""
        return len(list(self.folder.glob("request-*.safetensors"))) if self.folder else 0

    def _path(self, name: str, kind: str) -> Path | None:
        return self.folder / f"request-{name}.{kind}" if self.folder else None


def _add(update: Callable[[bytes], None], value: Any) -> None:
    # Kinds are told apart and sequences say their length: no two inputs read the same.
    match value:
        case Tensor():
            update(f"tensor {value.dtype} {tuple(value.shape)} ".encode())
            update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        case dict():
            update(f"mapping {len(value)} ".encode())
            for key, one in value.items():
                _add(update, key)
                _add(update, one)
        case list() | tuple():
            update(f"sequence {len(value)} ".encode())
            for one in value:
                _add(update, one)
        case None | bool() | int() | float() | str() | slice():
            update(f"{type(value).__name__} {value!r} ".encode())
        case _:
            raise TypeError(f"{type(value).__name__} cannot be part of a request")


def _flat(value: Any, name: str = "") -> list[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        return [(name, value)]
    if isinstance(value, dict):
        pairs = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list | tuple):
        pairs = [(f"{at:06d}", one) for at, one in enumerate(value)]
    else:
        raise Refused(
            f"the service sent a {type(value).__name__} where only tensors were asked for: "
            "its nnsight may be another version than the one here."
        )
    return [each for key, one in pairs for each in _flat(one, f"{name}/{key}" if name else key)]


def _grown(flat: dict[str, Tensor]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name in sorted(flat):
        *above, last = name.split("/")
        at = tree
        for part in above:
            at = at.setdefault(part, {})
        at[last] = flat[name]
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    return [_listed(value[key]) for key in sorted(value)] if isinstance(value, dict) else value
