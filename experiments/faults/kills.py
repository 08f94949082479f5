"""Commands that are killed at random moments: the same command has to end with the same tables."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from experiments.faults.commands import PATIENCE, Desk, Running, holds, one_line, until
from experiments.faults.remains import half_written, pages, tables, unreadable

MODEL = "wren"
SMALL = (
    *("--layers", "1-2", "--settings", "BASE,USER_POS", "--multipliers=-1,0,1"),
    *("--test-groups", "4", "--train-groups", "6"),
)
LEFT = r"another report is being made in '.*', by jobs of one that was ended: wait for them, .*\."
IN_A_ROW = 4  # kills of one folder, before its command may end


@dataclass
class Measuring:
    """A measurement that can be begun in any folder, with its tables as they have to be."""

    desk: Desk
    options: tuple[str, ...] = SMALL
    model: str = MODEL
    concept: str = "tidy"
    expected: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def start(self, out: Path) -> Running:
        """Begin it, or go on with it."""
        return self.desk.start(
            "measure", self.model, self.concept, "--out", str(out), *self.options
        )

    def begun(self, out: Path) -> Running:
        """Begin it and return when it has taken its folder."""
        running = self.start(out)
        until(lambda: holds(running.process.pid, out), running)
        return running

    def unharmed(self) -> None:
        """Measure once with nothing in the way: what comes of it, and how long it takes."""
        running = self.begun(self.desk.folder / "unharmed")
        began = time.monotonic()
        running.succeed()
        self.seconds = time.monotonic() - began
        self.expected = tables(self.desk.folder / "unharmed")
        assert self.expected

    def check(self, out: Path) -> None:
        """Go on to the end: the tables are the same, and nothing half-written is left."""
        self.start(out).succeed()
        assert tables(out) == self.expected, different(tables(out), self.expected)
        assert half_written(out) == []


def killed_measurements(measuring: Measuring, count: int, draw: random.Random) -> list[str]:
    """Return a line for each kill of a measurement, after a check of what came of it.

    Moments are drawn evenly from the time that the measurement holds its folder. No file under its
    own name may ever be less than whole.
    """
    lines: list[str] = []
    out = measuring.desk.folder / "killed-0"
    while len(lines) < count:
        running, moment = measuring.begun(out), draw.uniform(0, measuring.seconds)
        time.sleep(moment)
        if not running.ended():
            running.kill()
            assert unreadable(out) == []
            files = sum(file.is_file() for file in out.rglob("*"))
            lines.append(
                f"killed after {moment:.2f} s of measuring, with {files} files on the disk"
            )
        if running.process.returncode == 0 or len(lines) % IN_A_ROW == 0 or len(lines) == count:
            measuring.check(out)
            out = measuring.desk.folder / f"killed-{len(lines)}-{time.time_ns()}"
    return lines


@dataclass
class Reporting:
    """A report that can be begun in any folder, with its tables and pages as they have to be."""

    desk: Desk
    concepts: str = "tidy,frugal"
    expected: tuple[dict[str, str], list[str]] = field(default_factory=lambda: ({}, []))
    jobs: int = 0

    def start(self, out: Path) -> Running:
        """Begin it, or go on with it."""
        asked = ("--alone", "--concepts", self.concepts, "--letters-only", "--out", str(out))
        return self.desk.start("report", MODEL, *asked, *SMALL)

    def unharmed(self) -> None:
        """Make it once with nothing in the way."""
        out = self.desk.folder / "unharmed-book"
        self.start(out).succeed()
        self.expected, self.jobs = made(out), len(done(out))

    def check(self, out: Path, running: Running | None = None) -> None:
        """Go on to the end: the same tables and pages, and nothing half-written."""
        said = (running or self.start(out)).succeed()
        assert "The book is complete" in said, said
        assert made(out) == self.expected, different(made(out)[0], self.expected[0])
        assert half_written(out) == []
        assert not [
            out / "_build" / name for name in ("new", "old") if (out / "_build" / name).exists()
        ]


def made(out: Path) -> tuple[dict[str, str], list[str]]:
    """Return the tables and the pages of a report."""
    return tables(out), pages(out / "_build" / "html")


def done(out: Path) -> list[str]:
    """Return the jobs that the report begun last has done."""
    file = out / "_build" / "events.jsonl"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return [line for line in text.splitlines() if '"event": "done"' in line]


def killed_reports(reporting: Reporting, count: int, draw: random.Random) -> list[str]:
    """Return a line for each kill of a report with all its jobs, after a check of what came of it.

    One folder is killed again and again: once in each of so many equal parts of its jobs.
    """
    out, lines, behind = reporting.desk.folder / "killed-book", [], 0
    for number in range(count):
        running = reporting.start(out)
        goal = int((number + draw.random()) * (reporting.jobs - 1) / count) - behind
        until((out / "_build" / "events.jsonl").exists, running)  # that of now
        until(lambda goal=goal: len(done(out)) >= goal, running)
        time.sleep(draw.uniform(0, 4))
        assert not running.ended(), running.finish()
        running.kill()
        behind += len(done(out))
        (out / "_build" / "events.jsonl").unlink(missing_ok=True)
        lines.append(f"killed with all its jobs, after {behind} of {reporting.jobs} jobs")
        assert unreadable(out) == []
    reporting.check(out)
    return lines


def killed_runner(reporting: Reporting, draw: random.Random) -> list[str]:
    """Return what is said where only the runner is killed; its jobs go on."""
    out = reporting.desk.folder / "left-book"
    running = reporting.start(out)
    until((out / "_build" / "events.jsonl").exists, running)
    time.sleep(draw.uniform(0, 4))
    running.kill_alone()
    sentence = reporting.start(out).refuse(LEFT)
    # Snakemake and its jobs are told apart from the next report by the sentence alone.
    end = time.monotonic() + PATIENCE
    while True:
        code, said = reporting.start(out).finish()
        if code == 0 or time.monotonic() > end:
            break
        assert "by jobs of one that was ended" in one_line(said), said
        time.sleep(30)
    reporting.check(out)
    return [f"only the runner was killed; the next one said: {sentence}"]


def different(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return the paths at which two folders hold different tables."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
