"""A warm process: it has imported what pages use, and forks for each job that it is asked for.

Importing takes longer than most pages take to make. So Snakemake starts this module instead of a
job: it passes the job on to the warm process of the report, and ends as the job does. Where there
is none, the job is done here. The process starts with Snakemake, which leaves other cores idle
until it has planned its jobs; at the latest it starts when it is asked.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from steering.report.environment import of_warm_process

PLACE = "STEERING_WARM_PROCESS"  # the variable that names the socket at which it is asked
TAKEN = "taken"


def main(job: str, *arguments: str) -> int:
    """Have a job of `steering.report.jobs` done; return its exit code."""
    code = asked(os.environ.get(PLACE, ""), job, arguments)
    return do(job, arguments) if code is None else code


def asked(place: str, job: str, arguments: Sequence[str]) -> int | None:
    """Return the exit code of a job that the warm process has done; None where none has begun it.

    What the job prints goes to where this process prints. It is ended when this process ends.
    """
    said = ["", ""]
    request = {"job": job, "arguments": arguments, "folder": str(Path.cwd())}
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile() as answer:
        try:
            connection.connect(place)
            socket.send_fds(connection, [json.dumps(request).encode()], [1, 2])
            said = [answer.readline().strip(), answer.readline().strip()]
        except OSError:  # it has ended, or was never there
            pass
    taken, code = said
    return None if taken != TAKEN else int(code or 1)


def do(job: str, arguments: Sequence[str]) -> int:
    """Do a job in this process; return its exit code."""
    module = importlib.import_module(f"steering.report.jobs.{job}")
    return int(module.main(*arguments))


class WarmProcess:
    """The warm process of a report, and the socket at which jobs ask it."""

    def __init__(self, place: Path, log: IO[str]) -> None:
        self.place = place
        self.log = log
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(place))
        self.listener.listen(128)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, unless it runs."""
        if self.process is not None or self.listener.fileno() < 0:
            return
        socket_number = self.listener.fileno()
        command = [sys.executable, "-P", "-Xfrozen_modules=off", "-m"]
        command += ["steering.report.forking", str(socket_number)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=self.log, stderr=self.log,
            pass_fds=[socket_number], env=of_warm_process(),
        )  # fmt: skip

    def look(self) -> None:
        """Start the process if a job asks for it. Should it have ended, jobs do without it."""
        if self.listener.fileno() < 0:
            return
        if self.process is None and select.select([self.listener], [], [], 0)[0]:
            self.start()
        elif self.process is not None and self.process.poll() is not None:
            self.listener.close()

    def end(self) -> None:
        """End the process; jobs that it has begun are ended by those who asked for them."""
        self.listener.close()
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


@contextmanager
def warm_process(log: IO[str]) -> Iterator[WarmProcess | None]:
    """Yield a warm process that ends with the block; None where processes are not forked.

    Only Linux promises that what a library does at import survives a fork.
    """
    if sys.platform != "linux":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="steering-", ignore_cleanup_errors=True) as folder:
        try:
            warm = WarmProcess(Path(folder) / "socket", log)
        except OSError:  # a path too long for a socket, or a system without them
            yield None
            return
        try:
            yield warm
        finally:
            warm.end()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
