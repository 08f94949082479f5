"""Folders without room, folders that may not be written, and two commands in one folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.faults.commands import holds, until
from experiments.faults.kills import Measuring, Reporting, done
from experiments.faults.remains import half_written, unreadable

FULL = r"'.*' could not be written \(.*No space left on device.*\): name a folder with room .*\."
READ_ONLY = r"'.*' could not be written \(.*Read-only file system.*\): name a folder with room .*\."
FROZEN = r"'.*' could not be written \(.*Operation not permitted.*\): name a folder with room .*\."
HELD = r"another measurement is running in '.*': wait for it, or name another folder\."
TAKEN = r"another report is being made in '.*': wait for it, or name another folder by --out\."


def can_mount() -> bool:
    """Return whether this user may mount file systems, as root may outside a closed container."""
    return os.geteuid() == 0 and all(map(shutil.which, ("mount", "chattr")))


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """Yield the folder `place` while it is a disk of its own, of this size, in memory."""
    place.mkdir(parents=True)
    options = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def remount(place: Path, how: str) -> None:
    """Change how a mounted disk is used: its size, or whether it may be written."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


@contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Let nobody, not even root, write in a folder or in those inside it during the block.

    A disk on which a file is open cannot be made read-only; its folders can.
    """
    inside = [str(folder), *(str(each) for each in folder.rglob("*") if each.is_dir())]
    subprocess.run(["chattr", "+i", *inside], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *inside], check=True)


def full_disk(measuring: Measuring, kilobytes: int) -> str:
    """Return what a measurement says on a disk that it fills; with room it goes on to the end."""
    place = measuring.desk.folder / f"disk-{kilobytes}"
    with small_disk(place, kilobytes):
        sentence = measuring.start(place / "run").refuse(FULL)
        assert not (place / "run" / "card.json").exists()
        assert half_written(place) == []
        remount(place, "size=200m")
        measuring.check(place / "run")
    return f"a disk of {kilobytes} kB: {sentence}"


def read_only(measuring: Measuring) -> str:
    """Return what a measurement says whose folder becomes read-only meanwhile, or was before."""
    place = measuring.desk.folder / "disk-read-only"
    with small_disk(place, 200_000):
        running = measuring.begun(place / "run")
        until((place / "run" / "stages").exists, running)
        with frozen(place / "run"):
            sentence = running.refuse(FROZEN)
        assert unreadable(place) == []
        remount(place, "ro")
        again = measuring.start(place / "run").refuse(READ_ONLY)
        remount(place, "rw")
        measuring.check(place / "run")
    return f"read-only meanwhile: {sentence} At the start: {again}"


def two_measurements(measuring: Measuring) -> str:
    """Return what the second of two measurements in one folder says; the first one is unharmed."""
    out = measuring.desk.folder / "two"
    first = measuring.begun(out)
    first_holds = holds(first.process.pid, out)
    sentence = measuring.start(out).refuse(HELD)
    first.succeed()
    assert first_holds
    measuring.check(out)
    return f"two at once: {sentence}"


def full_report(reporting: Reporting, kilobytes: int) -> str:
    """Return what a report says on a disk that it fills; with room it goes on to the end."""
    place = reporting.desk.folder / f"book-disk-{kilobytes}"
    with small_disk(place, kilobytes):
        code, said = reporting.start(place / "book").finish()
        assert code in (1, 2), said
        assert "Traceback" not in said, said
        assert "No space left on device" in said, said
        assert half_written(place) == []
        remount(place, "size=500m")
        reporting.check(place / "book")
    return f"a disk of {kilobytes} kB: {said.strip()}"


def read_only_report(reporting: Reporting) -> str:
    """Return what a report says whose folder becomes read-only meanwhile."""
    place = reporting.desk.folder / "book-read-only"
    with small_disk(place, 500_000):
        out = place / "book"
        running = reporting.start(out)
        until(lambda: len(done(out)) >= 2, running)
        with frozen(out):
            code, said = running.finish()
        assert code in (1, 2), said
        assert "Traceback" not in said, said
        assert "Operation not permitted" in said, said
        remount(place, "ro")
        again = reporting.start(out).refuse(READ_ONLY)
        remount(place, "rw")
        reporting.check(out)
    return f"read-only meanwhile: {said.strip()} At the start: {again}"


def two_reports(reporting: Reporting) -> str:
    """Return what the second of two reports in one folder says; the first one is unharmed."""
    out = reporting.desk.folder / "two-books"
    first = reporting.start(out)
    until(lambda: holds(first.process.pid, out / "_build"), first)
    sentence = reporting.start(out).refuse(TAKEN)
    reporting.check(out, first)
    return f"two at once: {sentence}"
