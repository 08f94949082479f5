"""The ledger: a record of every request, of its job at a service, and of its result.

A request that has been answered is never sent again. One that is still with the service is not sent
again either: its state is asked for. So an interrupted measurement goes on, and `collect` works.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from steering.errors import Refused
from steering.source import definition_hash
from steering.storage import replaced


def name_of(*asked: Any) -> str:
    """Return the name of a request: a hash of all that its answer depends on."""
    digest = sha256()
    _add(digest.update, asked)
    return digest.hexdigest()


@dataclass(frozen=True)
class Ledger:
    """Requests and their results, as files in a folder; without a folder nothing is kept.

    A result is made of the variables that a block saves: tensors, or lists of tensors, by name.
    """

    folder: Path | None = None

    def result(self, name: str) -> dict[str, Any] | None:
        """Return the answer to a request; None if there is none yet."""
        path = self._path(name, "safetensors")
        if path is None or not path.is_file():
            return None
        return _grown(load_file(path))

    def keep(self, name: str, result: dict[str, Any]) -> None:
        """Store an answer. The job at the service is then no longer needed."""
        if path := self._path(name, "safetensors"):
            flat = {key: value.contiguous().clone() for key, value in _flat(result)}
            with replaced(path) as temporary:
                save_file(flat, temporary)
        self.forget(name)

    def job(self, name: str, host: str) -> str | None:
        """Return the id of a request's job at a service; None if it was not sent there."""
        path = self._path(name, "json")
        if path is None or not path.is_file():
            return None
        sent = json.loads(path.read_text(encoding="utf-8"))
        return str(sent["job"]) if sent["host"] == host else None

    def sent(self, name: str, host: str, job: str) -> None:
        """Record that a request was sent, so that another process can ask for its result."""
        if path := self._path(name, "json"):
            with replaced(path) as temporary:
                temporary.write_text(json.dumps({"host": host, "job": job}), encoding="utf-8")

    def forget(self, name: str) -> None:
        """Delete the record of a request's job: the next time the request is sent again."""
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
    # Types and lengths are hashed too, so that different inputs have different hashes.
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
        case FunctionType():
            update(f"function {definition_hash(value)} ".encode())
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
