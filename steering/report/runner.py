"""`report`: writes the configuration, lets Snakemake make all pages, and prints the outcome."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from steering.clone import book_folder
from steering.concepts import own_concepts
from steering.errors import Refused
from steering.measuring.stand_ins import learned_sets
from steering.models.catalogue import own_models
from steering.remote.terms import Terms
from steering.report import environment
from steering.report.command import profile_folder, snakemake_command
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.machine import cores_here
from steering.report.measurements import TERMS
from steering.report.on_service import asks_service, require_service, told_beforehand
from steering.report.progress import EVENTS, JOBS, Progress
from steering.report.real import with_real_models
from steering.report.unchanged import forget_complete, is_complete, keep_complete, versions
from steering.report.warm import PLACE, warm_process
from steering.storage import (
    UNFINISHED,
    locked,
    no_job,
    remove_unfinished,
    require_room,
    write_json,
)

PATIENCE = 3  # seconds in which the jobs of a report that was told to end do so


def report(
    models: Sequence[str] = (),
    concepts: Sequence[str] = (),
    out: Path | str | None = None,
    *,
    cores: int | None = None,
    options: dict[str, Any] | None = None,
    concepts_per_job: int | None = None,
    access: dict[str, Any] | None = None,
    vectors: Mapping[str, dict[str, Any]] | None = None,
    real: Sequence[str] = (),
    letters_only: bool = False,
    profile: Path | str | None = None,
) -> Path:
    """Make the book about these models and concepts in `out`.

    Where none is named, they are ours, and the public data sets that these models have learned.
    Only what is missing or changed is measured and executed. Returns the path of its first page.
    `options` are those of `Plan`, `access` those that say where models run (`device`,
    `trust_remote_code`, the `terms` of a service), `vectors` those of `configuration`. All concepts
    of a model are measured in one process, or so many as `concepts_per_job` says. Raises Refused
    for bad input, and where a service cannot be asked, and SystemExit with code 1 where a page
    failed: then the book as it was before stays in place.
    `real` are models whose committed runs are shown beside these, of the named concepts if any is.
    `profile` names a profile of Snakemake, by which jobs are handed out to other machines.
    """
    began, placed = time.monotonic(), profile_folder(profile)
    # Where all cores are used, one job more than there are cores keeps them busy.
    spare, cores = int(not cores), cores or cores_here()
    config = asked_for(
        models, concepts, out, cores, options=options, access=access, vectors=vectors, real=real,
        letters_only=letters_only,
    )  # fmt: skip
    config["concepts_per_job"] = concepts_per_job
    build = Path(config["out"]) / "_build"
    book = build / "html" / "index.html"
    with only_one(build) as lock:
        asked = versions(config)
        if is_complete(config, asked):
            print_outcome("nothing had changed", began, book)
            return book
        beforehand = told_beforehand(named := Grid.of(config))
        if asks_service(named):
            require_service(Terms(**config["access"][TERMS]))
        forget_complete(config)
        remove_unfinished(build.rglob(f".*{UNFINISHED}"))
        for line in beforehand:
            print(line, flush=True)
        file = write_json(config | {"file": str(build / "report.json")}, build / "report.json")
        (build / EVENTS).unlink(missing_ok=True)
        if not book.is_file():
            (build / "bound").unlink(missing_ok=True)
        none_in_the_future(build)
        grid = Grid.of(file)
        for model in filter(grid.matrix_missing, grid.models):
            (build / "matrix" / model).unlink(missing_ok=True)
        pages = [page.name for page in grid.pages()]
        progress = Progress(build / EVENTS)
        code = snakemake(file, build, placed or cores, progress, lock, spare=spare)
        progress.lose()
        if not code and not progress.failed:
            keep_complete(config, asked)
    if code or progress.failed:
        require_room(build)  # whatever else failed may have failed for that
        print_failures(progress, len(pages) + 1, build, book)
        raise SystemExit(1)
    pages_made = [name for name in progress.done if not name.startswith("measuring ")]
    done = f"{len(pages_made)} pages made" if progress.done else "nothing had changed"
    print_outcome(done, began, book)
    return book


def asked_for(
    models: Sequence[str],
    concepts: Sequence[str],
    out: Path | str | None,
    cores: int | None = None,
    *,
    options: dict[str, Any] | None = None,
    access: dict[str, Any] | None = None,
    vectors: Mapping[str, dict[str, Any]] | None = None,
    real: Sequence[str] = (),
    letters_only: bool = False,
) -> dict[str, Any]:
    """Return the configuration of what a report is asked for, as `report` is. Nothing is written.

    Raises Refused for bad input.
    """
    models = models or own_models()
    named, concepts = concepts, concepts or (*own_concepts(), *learned_sets(models))
    config = configuration(
        models, concepts, out or book_folder(), options or {}, cores, access=access,
        vectors=vectors, letters_only=letters_only,
    )  # fmt: skip
    return with_real_models(config, real, named)


def print_failures(progress: Progress, jobs: int, build: Path, book: Path) -> None:
    """Print which jobs failed, each with its reason, and what is there of a book."""
    for page, reason in progress.failed.items():
        print(f"failed: {page}: {reason}", file=sys.stderr)
    if not progress.failed:
        print(f"Snakemake failed: {last_words(build / 'snakemake.log')}", file=sys.stderr)
    outcome = "the book from before was left as it is" if book.exists() else "no book was made"
    print(f"{len(progress.failed)} of {jobs} jobs failed; {outcome}.", file=sys.stderr)


def print_outcome(done: str, began: float, book: Path) -> None:
    """Print that the book is complete, what was done, and where it is."""
    print(f"The book is complete ({done}, {time.monotonic() - began:.0f} s). Open it: {book}")


def snakemake(
    config: Path,
    build: Path,
    where: Path | int,
    progress: Progress,
    lock: IO[str] | None = None,
    *,
    spare: int = 0,
) -> int:
    """Return the exit code of Snakemake. Its output goes to a log; pages write events.

    It holds the lock of the folder too: if this process alone is killed, no other report begins
    there while jobs of this one are running. `where` and `spare` are those of `snakemake_command`:
    jobs that are handed out to other machines find no warm process there.
    """
    command, around = snakemake_command(config, build, where, spare), environment.of_jobs()
    held = (lock.fileno(),) if lock else ()
    with ExitStack() as open_files:
        log = open_files.enter_context((build / "snakemake.log").open("w+", encoding="utf-8"))
        warm = open_files.enter_context(warm_process(log)) if isinstance(where, int) else None
        if warm:
            around[PLACE] = str(warm.place)
        process = subprocess.Popen(command, stdout=log, stderr=log, env=around, pass_fds=held)
        if warm:
            warm.start()
        try:
            with ended_by_signal():
                progress.follow(process, build / "snakemake.log", warm.look if warm else None)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    return process.returncode


def none_in_the_future(build: Path) -> None:
    """Date what jobs have made, and claim to have made later than now, as made now.

    Clocks of machines differ, and Snakemake gives up where a file is newer than what follows it.
    """
    now = time.time()
    for place in (
        "measured/*/*",
        "matrix/*",
        "judged/*",
        "explored/*",
        "carded/*",
        "source/**/*.ipynb",
        "bound",
    ):
        for file in build.glob(place):
            if file.stat().st_mtime > now:
                os.utime(file, (now, now))


@contextmanager
def ended_by_signal() -> Iterator[None]:
    """End the process by an exception when it is told to end, so that its jobs are ended too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def only_one(build: Path) -> Iterator[IO[str]]:
    """Hold the folder during the block. It raises Refused if another report is being made in it.

    So it does while jobs of a report are running there that was killed itself.
    """
    place = repr(str(build.parent))
    begun = f"another report is being made in {place}"
    ending = "or name another folder by --out."
    others = f"{begun}: wait for it, {ending}"
    left = f"{begun}, by jobs of one that was ended: wait for them, {ending}"
    with locked(build, others, orphaned=left) as lock:
        end = time.monotonic() + PATIENCE
        while not no_job(build, JOBS):
            if time.monotonic() > end:
                raise Refused(left)
            time.sleep(0.1)
        yield lock


def last_words(log: Path) -> str:
    """Return the last line of a log, and where all of it is."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    return f"{lines[-1] if lines else 'it said nothing'} (all of it is in {log})"
