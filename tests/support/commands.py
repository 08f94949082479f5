"""Commands as processes of their own, forked from one that has imported PyTorch once for all."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path

import pytest

from steering.report.environment import ONE_THREAD

STEERING = "from steering.cli.main import main; main()"
IMPORTED = (
    "steering.cli.main",
    "steering.measuring.steps",
    "steering.measuring.submit",
    "steering.remote.served",
)


class Command:
    """A running command. It is used as a Popen is: it has a pid, and can be killed."""

    def __init__(self, arguments: Sequence[str], said: Path, code: str, folder: Path) -> None:
        self.said = (said / "out", said / "err")
        said.mkdir(parents=True, exist_ok=True)
        asked = (code, list(arguments), *self.said, folder)
        self.process = multiprocessing.get_context("forkserver").Process(target=run, args=asked)
        self.process.start()

    @property
    def returncode(self) -> int | None:
        return self.process.exitcode

    def poll(self) -> int | None:
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has said on stdout and on stderr, once it has ended."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            self.process.kill()
            pytest.fail(f"it did not end within {timeout} seconds")
        out, err = (file.read_text() if file.is_file() else "" for file in self.said)
        return out, err


def run(code: str, arguments: list[str], out: Path, err: Path, folder: Path) -> None:
    """What a forked process does: the code, with these arguments."""
    for number, file in enumerate((out, err), start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    # What a shell runs in the background does not hear an interrupt, but a user's command does.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    sys.argv = ["steering", *arguments]
    exec(code, {"__name__": "__main__"})


@contextmanager
def prepared(environment: Mapping[str, str]) -> Iterator[None]:
    """Let commands be started in this environment: libraries read it when they are imported."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, **ONE_THREAD}.items():
            patch.setenv(name, value)
        forkserver.set_forkserver_preload(list(IMPORTED))
        forkserver.ensure_running()
    yield
    forkserver._forkserver._stop()
