"""The progress of a report on the terminal: which pages are done, have failed or are running."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from steering.storage import held_by_job

STEPS = re.compile(r"^total\s+(\d+)$", re.MULTILINE)

EVENTS = "events.jsonl"
JOBS = ".jobs"  # the file beside the events that every job holds while it runs


def tell(events: Path, name: str, event: str, **details: Any) -> None:
    """Append a line to the report's events; one write, so that parallel jobs don't mix.

    What cannot be written, as on a full disk, is not told: the job itself says so by how it ends.
    """
    line = json.dumps({"page": name, "event": event, "time": time.time(), **details}) + "\n"
    with suppress(OSError), events.open("a", encoding="utf-8") as file:
        file.write(line)


def run_job(
    events: Path,
    name: str,
    work: Callable[[], object],
    *,
    answers: tuple[type[Exception], ...] = (),
) -> int:
    """Return the exit code of a job after doing its work, and tell how it began and ended.

    An exception of `answers` is a sentence for the user: it is printed, and the code is 1. Any
    other is raised. A job that is told to end does so by an exception, and so ends its kernels.
    Beside the end stands what the job took of the processors, which a busy machine does not change.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tell(events, name, "started", process=os.getpid())
    try:
        with held_by_job(events.parent, JOBS):
            work()
    except answers as answer:
        tell(events, name, "failed", reason=str(answer))
        print(answer, file=sys.stderr)
        return 1
    except Exception as error:
        tell(events, name, "failed", reason=f"{type(error).__name__}: {error}")
        raise
    tell(events, name, "done", processor_seconds=round(processor_seconds(), 2))
    return 0


def ended(code: int) -> NoReturn:
    """End this process at once; Python would take seconds to free all that a model has held."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def processor_seconds() -> float:
    """Return the processor time of this process, from its start, and of those that it has ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


LOST = "it ended without a word, as a job does that is killed or finds no memory"


@dataclass
class Progress:
    """Reads the events that jobs append to a file, and prints a line for each page that ends."""

    events: Path
    console: Console = field(default_factory=lambda: Console(highlight=False))
    running: dict[str, float] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    total: int | None = None
    seen: int = 0

    def follow(
        self,
        process: subprocess.Popen[bytes],
        log: Path,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Show progress until the process ends; a terminal also gets a line that keeps moving.

        `meanwhile` is called several times a second.
        """
        with self.console.status("planning") as status:
            ended = False
            while not ended:
                ended = process.poll() is not None
                self.total = self.total or self.steps(log)
                self.read()
                status.update(self.line())
                if meanwhile:
                    meanwhile()
                if not ended:
                    time.sleep(0.2)

    def steps(self, log: Path) -> int | None:
        """Return how many jobs Snakemake plans: the last line of the table that it logs first."""
        total = STEPS.search(log.read_text(encoding="utf-8"))
        return int(total[1]) if total else None

    def read(self) -> None:
        """Take in the events that are new since the last time."""
        if not self.events.exists():
            return
        lines = self.events.read_text(encoding="utf-8").splitlines(keepends=True)
        for line in lines[self.seen :]:
            if not line.endswith("\n"):
                break
            self.seen += 1
            self.take(json.loads(line))

    def take(self, event: dict[str, str | float]) -> None:
        """Count one event, and print a line where a job has ended, or what one announces."""
        page, now = str(event["page"]), float(event["time"])
        if event["event"] == "announced":
            self.console.print(str(event["text"]), markup=False, soft_wrap=True)
            return
        if event["event"] == "started":
            self.running[page] = now
            return
        took = now - self.running.pop(page, now)
        if event["event"] == "failed":
            self.failed[page] = str(event["reason"])
        else:
            self.done.append(page)
        word = "failed" if event["event"] == "failed" else "done"
        number = f"{len(self.done) + len(self.failed)}/{self.total or '?'}"
        self.console.print(f"{number:>7}  {page}: {word} ({took:.0f} s)", soft_wrap=True)

    def lose(self) -> None:
        """Count as failed what has begun and not ended, once Snakemake waits for no job any more.

        A job that is killed says no last word.
        """
        self.read()
        self.failed |= dict.fromkeys(self.running, LOST)
        self.running.clear()

    def line(self) -> str:
        """Return what is shown of the jobs that are running now."""
        now = time.time()
        work = ", ".join(f"{page} {now - since:.0f} s" for page, since in self.running.items())
        return f"{len(self.done)}/{self.total or '?'}  {work or 'planning'}"
