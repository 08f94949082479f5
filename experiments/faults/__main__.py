"""Kills measurements and reports, fills disks, and says what came of it.

    python -m experiments.faults [--seed N] [--kills N] [--report-kills N] [--only measure|report]

All that is written lies in a temporary folder, which is removed at the end.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from experiments.faults import kills, limits
from experiments.faults.commands import Desk

NOTHING = "left out: this user may not mount a disk (root may)"


def main() -> None:
    """Do all of it, print a line for each fault made, and end with code 1 if any was not borne."""
    given = argparse.ArgumentParser(prog="python -m experiments.faults")
    given.add_argument("--seed", type=int, default=0, help="of the random moments")
    given.add_argument("--kills", type=int, default=20, help="of a measurement")
    given.add_argument("--report-kills", type=int, default=5, help="of a report with all its jobs")
    given.add_argument("--only", choices=["measure", "report"], help="one half of it")
    given.add_argument("--trials", default="", help="only those whose name holds this")
    given.add_argument("--keep", type=Path, help="a folder to work in, which is kept")
    options = given.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="steering-faults-") as made:
        folder = (options.keep or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        faults = 0
        if options.only != "report":
            faults += borne(measurements(Desk(folder), options.kills, draw), options.trials)
        if options.only != "measure":
            faults += borne(reports(Desk(folder), options.report_kills, draw), options.trials)
    print("all of it was borne" if not faults else f"{faults} faults were not borne", flush=True)
    sys.exit(1 if faults else 0)


Trial = Callable[[], Sequence[str] | str]


def measurements(desk: Desk, count: int, draw: random.Random) -> dict[str, Trial]:
    """Return what is tried with a measurement, by name, in this order."""
    measuring = kills.Measuring(desk)
    trials: dict[str, Trial] = {
        "a measurement with nothing in its way": lambda: str(measuring.unharmed() or "done"),
        "a measurement killed": lambda: kills.killed_measurements(measuring, count, draw),
        "two measurements": partial(limits.two_measurements, measuring),
    }
    for kilobytes in (24, 200, 500):
        trials[f"a measurement on a disk of {kilobytes} kB"] = if_mounted(
            partial(limits.full_disk, measuring, kilobytes)
        )
    trials["a measurement on a read-only disk"] = if_mounted(partial(limits.read_only, measuring))
    return trials


def reports(desk: Desk, count: int, draw: random.Random) -> dict[str, Trial]:
    """Return what is tried with a report, by name, in this order."""
    reporting = kills.Reporting(desk)
    trials: dict[str, Trial] = {
        "a report with nothing in its way": lambda: str(reporting.unharmed() or "done"),
        "a report killed with its jobs": lambda: kills.killed_reports(reporting, count, draw),
        "the runner killed alone": lambda: kills.killed_runner(reporting, draw),
        "two reports": partial(limits.two_reports, reporting),
    }
    for kilobytes in (100, 2000, 20_000):
        trials[f"a report on a disk of {kilobytes} kB"] = if_mounted(
            partial(limits.full_report, reporting, kilobytes)
        )
    trials["a report on a read-only disk"] = if_mounted(partial(limits.read_only_report, reporting))
    return trials


def if_mounted(trial: Trial) -> Trial:
    """Return a trial that needs a disk of its own, or what says that there can be none."""
    return trial if limits.can_mount() else lambda: NOTHING


def borne(trials: dict[str, Trial], some: str = "") -> int:
    """Try all, or the first and some, and print what came of each; return how many failed."""
    faults = 0
    first, *others = trials
    for name in [first, *(other for other in others if some in other)]:
        began = time.monotonic()
        try:
            found = trials[name]()
        except AssertionError as error:
            faults += 1
            found = f"NOT BORNE: {error}"
        lines = [found] if isinstance(found, str) else found
        print(f"{name} ({time.monotonic() - began:.0f} s)", flush=True)
        print("\n".join(f"    {line}" for line in lines), flush=True)
    return faults


if __name__ == "__main__":
    main()
