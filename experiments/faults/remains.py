"""What a folder holds: its tables, to compare, and whatever in it is half-written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pyarrow.parquet as pq
from safetensors import safe_open

from steering.storage import is_unfinished

# What a report leaves on the way to its book, and removes when it is complete.
PASSING = ("new", "old")


def tables(folder: Path) -> dict[str, str]:
    """Return a hash of every table and of the vectors in a folder, by its path inside."""
    found = {}
    for file in whole_files(folder):
        place = str(file.relative_to(folder))
        if file.suffix == ".parquet":
            # The table itself: what else stands in the file, as versions, is no result.
            shown = pd.read_parquet(file).to_csv(index=False)
        elif file.suffix == ".safetensors":
            with safe_open(file, "np") as opened:
                tensors = {key: opened.get_tensor(key) for key in sorted(opened.keys())}
            shown = str([(key, one.shape, one.tobytes()) for key, one in tensors.items()])
        elif file.suffix == ".csv":
            shown = file.read_text(encoding="utf-8")
        else:
            continue
        found[place] = hashlib.sha256(shown.encode()).hexdigest()
    return found


def pages(folder: Path) -> list[str]:
    """Return the pages of a built book."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.html"))


def half_written(folder: Path) -> list[str]:
    """Return what is not whole in a folder: files in the making, and those that cannot be read."""
    faults = [str(file) for file in folder.rglob("*") if is_unfinished(file)]
    faults += [str(file) for file in folder.rglob("*.partial.ipynb")]
    return [*faults, *unreadable(folder)]


def unreadable(folder: Path) -> list[str]:
    """Return the files of a folder under a name of their own that cannot be read to their end."""
    faults = []
    for file in whole_files(folder):
        try:
            match file.suffix:
                case ".parquet":
                    pq.read_table(file)
                case ".safetensors":
                    with safe_open(file, "np") as opened:
                        opened.keys()
                case ".json":
                    json.loads(file.read_text(encoding="utf-8"))
                case ".ipynb":
                    nbformat.validate(nbformat.read(file, as_version=4))
        except Exception as error:
            faults.append(f"{file}: {error}")
    return faults


def whole_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that are not in the making, and not Snakemake's own."""
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in inside)
        passing = inside[:2] in [("_build", name) for name in PASSING]
        if file.is_file() and not hidden and not passing and ".partial." not in file.name:
            yield file
