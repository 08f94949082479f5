"""`make test-slurm`: a report on a Slurm of one node here, and measured/slurm.json.

    python -m experiments.slurm [--quick] [--keep FOLDER]

One job is cancelled by `scancel`, one is killed. The same command then goes on, and its tables have
to be those of the same report without Slurm.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from experiments.faults.commands import Desk, Running, until
from experiments.faults.kills import SMALL, different
from experiments.faults.remains import half_written, pages, tables
from experiments.slurm.cluster import missing, slurm

MODELS = ("wren", "linnet")
CONCEPTS = ("tidy", "frugal")
PLUGIN = "snakemake-executor-plugin-slurm"
# What one node asks for beside the profile that comes with the report: it keeps no accounts, and
# answers at once. The memory is what a job of these small models and few items needs.
ONE_NODE = """
slurm-status-command: squeue
slurm-no-account: true
slurm-init-seconds-before-status-checks: 5
seconds-between-status-checks: 5
"""


def main() -> None:
    """Make the report twice, once without Slurm, and write what the other time took."""
    given = argparse.ArgumentParser(prog="python -m experiments.slurm")
    given.add_argument("--quick", action="store_true", help="one model: a try-out, not written")
    given.add_argument("--keep", type=Path, help="a folder to work in, which is kept")
    options = given.parse_args()
    if reason := missing():
        sys.exit(reason)
    if find_spec(PLUGIN.replace("-", "_")) is None:
        sys.exit(f"{PLUGIN} is not here: `pip install '.[slurm]'` brings it.")
    with tempfile.TemporaryDirectory(prefix="steering-slurm-") as made:
        folder = (options.keep or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        about = tried(folder, MODELS[:1] if options.quick else MODELS)
    print(json.dumps(about, indent=1), flush=True)
    if not options.quick:
        from steering.clone import measured_folder  # noqa: PLC0415
        from steering.storage import write_json  # noqa: PLC0415

        print(write_json(about, measured_folder() / "slurm.json"))


def tried(folder: Path, models: tuple[str, ...]) -> dict[str, Any]:
    """Return what became of a report on Slurm. Raises AssertionError where it is another one."""
    from experiments.ndif.run import machine  # noqa: PLC0415

    (folder / "desk").mkdir(exist_ok=True)
    desk = Desk(folder / "desk")
    asked = ("report", *models, "--alone", "--concepts", ",".join(CONCEPTS), "--letters-only")
    asked += ("--concepts-per-job", "1", *SMALL, "--out")
    about = machine()
    here, there = folder / "here", folder / "there"
    profile = with_more(folder / "profile", ONE_NODE)
    with slurm(folder / "slurm", cores=os.cpu_count() or 1, memory_mb=memory_mb()):
        of_slurm = slurm_version()  # outside, its programs have no configuration
        first = desk.start(*asked, str(there), "--profile", str(profile))
        lost = end_two(first, there)
        code, said = first.finish()
        print(said, flush=True)
        assert code == 1, said
        assert all(f"failed: {name}: it ended without a word" in said for name in lost), said
        before = jobs(there)
        print("the same command again", flush=True)
        print(desk.start(*asked, str(there), "--profile", str(profile)).succeed(), flush=True)
        after = jobs(there)
    print("the same without Slurm", flush=True)
    desk.start(*asked, str(here)).succeed()
    assert tables(here) == tables(there), different(tables(here), tables(there))
    assert pages(here / "_build" / "html") == pages(there / "_build" / "html")
    assert half_written(there) == []
    from steering.measuring.identity import measuring_code  # noqa: PLC0415

    return {
        "models": list(models),
        "concepts": list(CONCEPTS),
        "lost_jobs": len(lost),
        "first_jobs": dict(before),
        "second_jobs": dict(after),
        "tables": len(tables(there)),
        "pages": len(pages(there / "_build" / "html")),
        "different_tables": 0,
        "slurm": of_slurm,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": about,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("snakemake", PLUGIN)},
        },
        "code": measuring_code(),
    }


def end_two(report: Running, out: Path) -> list[str]:
    """Cancel the job that measures first and kill the one that does so next; return their names."""
    until(lambda: len(begun(out)) >= 1, report)
    first = next(iter(begun(out)))
    subprocess.run(["scancel", job_of(begun(out)[first])], check=True)
    print(f"cancelled: {first}", flush=True)
    until(lambda: len(set(begun(out)) - {first}) >= 1, report)
    second = next(name for name in begun(out) if name != first)
    time.sleep(5)
    os.kill(begun(out)[second], signal.SIGKILL)
    print(f"killed: {second}", flush=True)
    return [first, second]


def begun(out: Path) -> dict[str, int]:
    """Return the process of each measurement that has begun, by its name, in this order."""
    file = out / "_build" / "events.jsonl"
    events = map(json.loads, file.read_text().splitlines() if file.is_file() else ())
    return {
        one["page"]: one["process"]
        for one in events
        if one["event"] == "started" and one["page"].startswith("measuring ")
    }


def job_of(process: int) -> str:
    """Return the number of the job of Slurm that a process of this node belongs to."""
    around = Path(f"/proc/{process}/environ").read_text(encoding="utf-8").split("\0")
    return next(line.partition("=")[2] for line in around if line.startswith("SLURM_JOB_ID="))


def jobs(out: Path) -> Counter[str]:
    """Return how many jobs of each rule the last report handed to Slurm, as Snakemake logs it."""
    log = (out / "_build" / "snakemake.log").read_text(encoding="utf-8")
    return Counter(re.findall(r"submitted with SLURM jobid.*?/rule_(\w+?)/", log))


def with_more(folder: Path, text: str) -> Path:
    """Return a copy of the profile that comes with the report, with what this node asks for."""
    from steering.clone import clone  # noqa: PLC0415

    own = (clone() / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(own + text, encoding="utf-8")
    return folder


def memory_mb() -> int:
    """Return the memory that the node may give to jobs, in MB: what is free here."""
    from steering.report.machine import memory_mb as free  # noqa: PLC0415

    return free()


def slurm_version() -> str:
    """Return the version of Slurm."""
    said = subprocess.run(["sbatch", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[-1]


if __name__ == "__main__":
    main()
