"""Commands as a user types them, in a session of their own, so that all of one can be killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CODE = "from steering.cli.main import main; main()"
PATIENCE = 3600  # seconds until a command counts as stuck


@dataclass(frozen=True)
class Desk:
    """A folder in which everything happens: homes, caches and temporary files lie in it, too.

    Attributes:
        folder: that folder.
    """

    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the environment of the commands, which writes nowhere else."""
        places = {name: self.folder / name.lower() for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
        for place in places.values():
            place.mkdir(parents=True, exist_ok=True)
        alone = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        return kept | {name: str(place) for name, place in places.items()} | alone

    def start(self, *arguments: str) -> Running:
        """Start `steering` with these arguments; what it says goes to a file."""
        said = self.folder / f"said-{time.time_ns()}.txt"
        with said.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", CODE, *arguments], stdout=file, stderr=file,
                env=self.environment(), start_new_session=True,
            )  # fmt: skip
        return Running(process, said)


@dataclass(frozen=True)
class Running:
    """A command that was started."""

    process: subprocess.Popen[bytes]
    said: Path

    def ended(self) -> bool:
        """Return whether it has ended."""
        return self.process.poll() is not None

    def kill(self) -> None:
        """Kill it, and all that it has started in its group, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_alone(self) -> None:
        """Kill only the process that was started; what it has started goes on."""
        self.process.kill()
        self.process.wait()

    def finish(self) -> tuple[int, str]:
        """Return its exit code, and what it has said, once it has ended."""
        try:
            code = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            code = -signal.SIGKILL
        return code, self.said.read_text(encoding="utf-8")

    def succeed(self) -> str:
        """Return what it has said. Raises AssertionError unless it ended well."""
        code, said = self.finish()
        assert code == 0, f"exit code {code}: {said[-600:]}"
        return said

    def refuse(self, sentence: str) -> str:
        """Return the sentence it ended with, one that matches, and nothing besides, with code 2."""
        code, said = self.finish()
        assert code == 2, f"exit code {code}: {said[-600:]}"
        assert "Traceback" not in said, said[-600:]
        refusal = one_line(said).partition("refused: ")[2]
        assert re.fullmatch(sentence, refusal), said[-600:]
        return refusal


def one_line(said: str) -> str:
    """Return what was said without line breaks and progress bars."""
    return " ".join(line.strip() for line in said.splitlines() if "it/s]" not in line).strip()


def holds(process: int, folder: Path) -> bool:
    """Return whether it is this process that has taken the lock of a folder."""
    try:
        taken = json.loads((folder / ".lock").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(taken == [socket.gethostname(), process])


def until(happened: Callable[[], object], running: Running) -> bool:
    """Wait for something; return whether it happened before the command ended."""
    end = time.monotonic() + PATIENCE
    while not happened():
        if running.ended() or time.monotonic() > end:
            return bool(happened())
        time.sleep(0.01)
    return True
