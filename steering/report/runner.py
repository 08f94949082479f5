"""The one runner: `report` describes the grid, has Snakemake run it, and says what came of it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from steering.catalogue import model_folder, own_models
from steering.committed import committed_run, learned_sets
from steering.concepts import concept_files, is_path, load_concept, own_concepts
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.folders import book_folder, clone, unwritable
from steering.report.grid import Grid
from steering.report.page import EVENTS
from steering.report.progress import Progress
from steering.tables import write_json

KERNEL_MB = 1200  # a kernel with torch, transformers and nnsight imported, and room for tables
SMALL_MB = 1000  # weights below this size leave the other cores to other pages


def report(
    models: Sequence[str] = (),
    concepts: Sequence[str] = (),
    out: Path | str | None = None,
    *,
    cores: int | None = None,
    options: dict[str, Any] | None = None,
) -> Path:
    """Make the book about these models and concepts in `out`.

    Where none is named, they are ours, and the public data sets that these models have learned.
    Only what is missing or changed is measured and executed. Returns the path of its first page.
    `options` are those of `steering.plan.Plan`. Raises Refused for bad input, and SystemExit with
    code 1 where a page failed: then the book as it was before stays in place.
    """
    began = time.monotonic()
    cores = cores or cores_here()
    models = models or own_models()
    concepts = concepts or (*own_concepts(), *learned_sets(models))
    config = configuration(models, concepts, out or book_folder(), options or {})
    build = Path(config["out"]) / "_build"
    with only_one(build):
        file = write_json(config | {"file": str(build / "report.json")}, build / "report.json")
        (build / EVENTS).unlink(missing_ok=True)
        if not (build / "html" / "index.html").is_file():
            (build / "bound").unlink(missing_ok=True)
        pages = [page.name for page in Grid.of(file).pages()]
        progress = Progress(build / EVENTS)
        code = snakemake(file, build, cores, progress)
    book = build / "html" / "index.html"
    if code or progress.failed:
        for page, reason in progress.failed.items():
            print(f"failed: {page}: {reason}", file=sys.stderr)
        if not progress.failed:
            print(f"Snakemake failed: {last_words(build / 'snakemake.log')}", file=sys.stderr)
        kept = "the book from before was left as it is" if book.exists() else "no book was made"
        print(f"{len(progress.failed)} of {len(pages) + 1} jobs failed; {kept}.", file=sys.stderr)
        raise SystemExit(1)
    done = f"{len(progress.done)} pages made" if progress.done else "nothing had changed"
    print(f"The book is complete ({done}, {time.monotonic() - began:.0f} s). Open it: {book}")
    return book


def configuration(
    models: Sequence[str], concepts: Sequence[str], out: Path | str, options: dict[str, Any]
) -> dict[str, Any]:
    """Everything that Snakemake and its jobs need to know. Raises Refused for bad input."""
    if not models:
        raise Refused("there is no embedded model yet, and none was named: name a model folder.")
    memory = memory_mb()
    named: dict[str, dict[str, dict[str, Any]]] = {"models": {}, "concepts": {}}
    for reference in models:
        enter(named["models"], "model", reference, model_entry(reference, memory))
    for reference in concepts:
        enter(named["concepts"], "concept", reference, concept_entry(reference, models))
    alone = len(models) * len(concepts) == 1
    for entry in named["models"].values():
        entry["threads"] = 10**3 if alone or entry.pop("large") else 1
    return {
        "out": str(Path(out).expanduser().resolve()),
        "models": named["models"],
        "concepts": named["concepts"],
        "options": options,
        "memory_mb": memory,
        "static": static_files(),
    }


def enter(entries: dict[str, Any], kind: str, reference: str, entry: dict[str, Any]) -> None:
    """Add an entry under a name fit for a folder. Raises Refused where that name is taken."""
    name = re.sub(r"[^\w.-]+", "-", entry.pop("name")).strip("-.")
    if name in entries:
        raise Refused(
            f"{kind} {reference!r} would be called {name!r} in the book, like "
            f"{entries[name]['reference']!r}: names must differ."
        )
    entries[name] = entry


def model_entry(reference: str, memory: int) -> dict[str, Any]:
    folder = model_folder(reference)
    if folder is None:
        # A Hugging Face model of unknown size has the machine to itself.
        size, files, planted = memory, [], []
    else:
        files = sorted(str(file) for file in folder.iterdir() if file.is_file())
        size = sum(file.stat().st_size for file in folder.glob("*.safetensors")) // 10**6
        truth = folder / "planted.parquet"
        known = pd.read_parquet(truth, columns=["concept"])["concept"] if truth.is_file() else ()
        planted = sorted(set(known))
    return {
        "name": folder.name if folder else reference,
        "reference": str(folder) if folder and reference not in own_models() else reference,
        "files": files,
        "planted": planted,
        "mem_mb": min(memory, KERNEL_MB + 3 * size),
        "large": size > SMALL_MB,
    }


def concept_entry(reference: str, models: Sequence[str]) -> dict[str, Any]:
    # What we measured stands in for a data set that is not here, if we did so on all the models.
    runs = {model: committed_run(model, reference) for model in models}
    kept = {model: str(run) for model, run in runs.items() if run}
    if len(kept) == len(models):
        one = public_sets()[reference]
        files = [str(file) for run in kept.values() for file in sorted(Path(run).iterdir())]
        entry = {"name": one.name, "title": one.title, "reference": reference, "files": files}
        return {**entry, "committed": kept}
    concept = load_concept(reference)
    place = str(Path(reference).expanduser().resolve())
    return {
        "name": concept.name,
        "title": concept.title,
        "reference": place if is_path(reference) else reference,
        "files": sorted(str(file) for file in concept_files(reference)),
    }


def static_files() -> list[str]:
    """What the book is made of besides its executed notebooks; it is built anew when one changes.

    The modules are those that build it and those whose code the method page shows.
    """
    book = [f for f in book_folder().rglob("*") if f.is_file() and "_build" not in f.parts]
    shown = [*(clone() / "steering").glob("*.py"), *(clone() / "steering" / "report").glob("*.py")]
    others = [clone() / "pyproject.toml", clone() / "CITATION.cff"]
    return sorted(str(file) for file in [*book, *shown, *others] if file.is_file())


def cores_here() -> int:
    """The processor cores that this process may use; all of them where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_mb() -> int:
    """Four fifths of the memory that is free now, in MB."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    return max(KERNEL_MB, free * 4 // 5 // 1000)


def snakemake(config: Path, build: Path, cores: int, progress: Progress) -> int:
    """Run the grid. All that Snakemake says goes to a log; pages report through the events."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(clone() / "Snakefile")]
    command += ["--directory", str(build), "--configfile", str(config), "--cores", str(cores)]
    command += ["--resources", f"mem_mb={memory_of(config)}", "--scheduler", "greedy"]
    command += ["--keep-going", "--rerun-incomplete", "--nolock", "--nocolor"]
    command += ["--rerun-triggers", "mtime", "params", "input", "--latency-wait", "1"]
    command += ["--max-checksum-file-size", "50MB"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    with (build / "snakemake.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            with ended_by_signal():
                progress.follow(process, build / "snakemake.log")
        except BaseException:
            process.terminate()
            process.wait()
            raise
    return process.returncode


@contextmanager
def ended_by_signal() -> Iterator[None]:
    """A report that is told to end ends its jobs too, and leaves nothing half-written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def memory_of(config: Path) -> int:
    return int(json.loads(config.read_text())["memory_mb"])


@contextmanager
def only_one(build: Path) -> Iterator[None]:
    """Hold the folder: a second report into it at the same time is refused."""
    try:
        build.mkdir(parents=True, exist_ok=True)
        lock = (build / ".lock").open("w")
    except OSError as error:
        raise unwritable(build, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                f"another report is being made in {str(build.parent)!r}: wait for it, or name "
                "another folder by --out."
            ) from None
        yield


def last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    return f"{lines[-1] if lines else 'it said nothing'} (all of it is in {log})"
