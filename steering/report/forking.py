"""The process that forks for jobs: what it imports, and how a fork does a job and ends.

The first half of it is `steering.report.warm`, which asks. A fork takes over the streams of whoever
asked, does one job, sends its exit code, and ends. A job that executes a notebook finds a kernel in
waiting, forked before the job has any thread. So each job and each kernel is a process of its own.
"""

from __future__ import annotations

import ast
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from steering.clone import notebooks_folder
from steering.concepts import own_concepts
from steering.errors import Refused
from steering.measuring.job import job_of
from steering.measuring.plan import Plan
from steering.models.catalogue import own_models
from steering.report.kernels import Waiting, offer
from steering.report.staleness import notebook_code
from steering.report.warm import TAKEN, do

JOBS = ("page", "verdict", "explore", "card", "book")
# What kernels and tables import only when they are used.
LATE = (
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_svg",
    "pandas.io.formats.style",
    "pyarrow.dataset",
)


def import_all() -> None:
    """Import what jobs of pages and their kernels use.

    A notebook whose imports fail says so itself, when it is executed.
    """
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    for name in (*(f"steering.report.jobs.{job}" for job in JOBS), *LATE):
        importlib.import_module(name)
    for statement in imports():
        with suppress(Exception):
            exec(statement, {})


def read_code() -> None:
    """Read the code of the package that a measurement depends on: a page asks if it is the same."""
    with suppress(Refused, IndexError):
        job_of(own_models()[0], own_concepts()[0], Plan(), "")


def imports() -> Iterator[str]:
    """Yield every import at the top of a notebook's cells."""
    for notebook in sorted(notebooks_folder().glob("*.ipynb")):
        with suppress(SyntaxError):
            for node in ast.parse(notebook_code(notebook)).body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield ast.unparse(node)


def serve(listener: socket.socket, end: int) -> None:
    """Fork for every job that asks, until the other end of the pipe `end` is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever asked for a job waits for it
    # What is imported is no garbage, and a job ends before much of what it makes is: Python by
    # itself looks for it so often that a concept's page notices.
    gc.freeze()
    gc.set_threshold(100_000)
    watched: list[Any] = [listener, end]
    while end not in (ready := select.select(watched, [], [])[0]):
        if listener in ready:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    be_job(connection)


def be_job(connection: socket.socket) -> None:
    """Do the job that is asked for at a connection, and end as it does; this never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        said, streams, _, _ = socket.recv_fds(connection, 2**20, 2)
        for stream, number in zip(streams, (1, 2), strict=True):
            os.dup2(stream, number)
            os.close(stream)
        connection.sendall(f"{TAKEN}\n".encode())
        code = forked_job(connection, json.loads(said))
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            connection.sendall(f"{code}\n".encode())
        os._exit(code)


def forked_job(connection: socket.socket, asked: dict[str, Any]) -> int:
    """Return the exit code of a job that is done in this process, with a kernel in waiting."""
    os.chdir(asked["folder"])
    kernel = Waiting.forked()
    offer(kernel)
    threading.Thread(target=end_with, args=(connection,), daemon=True).start()
    try:
        return do(asked["job"], asked["arguments"])
    finally:
        kernel.give_up()


def end_with(connection: socket.socket) -> None:
    """End this process when whoever asked for its job has ended."""
    if not connection.recv(1):
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    import_all()
    read_code()
    with socket.socket(fileno=int(sys.argv[1])) as own:
        serve(own, sys.stdin.fileno())
