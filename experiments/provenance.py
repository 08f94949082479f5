"""Where a simulated table comes from: code, date, machine and versions, written beside it."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from steering.storage import write_json


def write_provenance(
    table: Path, code: str, packages: tuple[str, ...] = ("numpy", "pandas", "scipy")
) -> Path:
    """Return the file beside a table, after writing to it where the table comes from.

    `code` is the hash of the code that the table was made by, taken before it was made.
    """
    about = {
        "code": code,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, one thread",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }
    return write_json(about, table.with_suffix(".json"))
