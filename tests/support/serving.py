"""The double of a service as a process, and a model that is known here without its weights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from steering.forward import passes
from steering.forward.packing import Tails, lay_out
from steering.models.model import Model

SERVER = Path(__file__).parent / "double.py"
# The server has PyTorch, transformers and nnsight; of what we use beside them, nothing.
HIDDEN = ("steering", "pandas", "pandera", "jaxtyping", "beartype", "typer", "tiny")
COMMIT = "0" * 40
NAME = "owner/tiny"
KEY = "11111111-2222-3333-4444-555555555555"


@dataclass
class Double:
    """A running double."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked to run, in order."""
        with urllib.request.urlopen(f"{self.url}/faults") as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())
        return found

    def faults(self, **kinds: float) -> None:
        """Have it fail from now on: by kind, how often or how much."""
        request = urllib.request.Request(f"{self.url}/faults", json.dumps(kinds).encode())
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def double(folder: Path, *more: str, hidden: tuple[str, ...] = HIDDEN) -> Iterator[Double]:
    """A double that serves the model of a folder, until the end of the block."""
    # From a neutral folder: else the server finds our package beside it.
    with subprocess.Popen(
        [sys.executable, str(SERVER), "--model", str(folder), "--hide", ",".join(hidden), *more],
        stdout=subprocess.PIPE, text=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": "", "HF_HUB_OFFLINE": "1"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield Double(process, int(process.stdout.readline()))
        finally:
            process.kill()


def ask(model: Model, token: int = 5) -> Tensor:
    """The result of one small request."""
    packed = lay_out([[6, 7, 8]], Tails([[[token]]]))
    return passes.residuals(model, [packed])[0][0]


def known_without_weights(home: Path, folder: Path, name: str) -> dict[str, str]:
    """The environment in which a model's id is known from a cache that has all but its weights."""
    cached = home / "hub" / f"models--{name.replace('/', '--')}"
    snapshot = cached / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for file in folder.iterdir():
        if file.suffix in (".json", ".jinja"):
            shutil.copy(file, snapshot)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    return {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
