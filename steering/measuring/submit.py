"""`submit` and `collect`: leave requests with a service, and fetch their results later."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from steering.errors import Pending, Refused
from steering.measuring.kept import PLAN_FILE
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.records.results import Results
from steering.remote.terms import Terms
from steering.storage import write_json

_ASKED = "parts/asked.json"


def submit(
    model: str,
    concept: str | Path,
    plan: Plan | None = None,
    out: Path | str = "run",
    *,
    terms: Terms | None = None,
    fresh: bool = False,
    device: str | None = None,
    data_dir: Path | str | None = None,
    trust_remote_code: bool = False,
) -> Results:
    """Return the tables of one concept if a service has measured it all, without waiting for it.

    Raises Pending once the requests are with the service: `collect` fetches their results.
    """
    request: dict[str, Any] = {
        "model": model,
        "concept": _whole(concept),
        "terms": asdict(replace(terms or Terms(), submit=True)),
        "data_dir": None if data_dir is None else _whole(data_dir),
        "trust_remote_code": trust_remote_code,
    }
    return _measured(request, plan, Path(out), fresh=fresh, device=device)


def collect(out: Path | str) -> Results:
    """Return the tables of a folder that `submit` began, once their measurement is complete.

    Results that are ready are fetched. If requests that depend on them follow, these are left with
    the service, and Pending is raised. Raises Refused where nothing was submitted from this folder.
    """
    folder = Path(out)
    if not (folder / _ASKED).is_file():
        raise Refused(
            f"{str(folder)!r} waits for nothing: name the folder of a measurement that was begun "
            "with --submit and is not complete."
        )
    request = json.loads((folder / _ASKED).read_text(encoding="utf-8"))
    options = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))["plan"]
    return _measured(request, Plan(**options), folder)


def _measured(request: dict[str, Any], plan: Plan | None, out: Path, **options: Any) -> Results:
    try:
        return measure(
            request["model"],
            request["concept"],
            plan,
            out,
            data_dir=request["data_dir"],
            trust_remote_code=request["trust_remote_code"],
            remote=Terms(**request["terms"]),
            **options,
        )
    except Pending:
        write_json(request, out / _ASKED)
        raise


def _whole(name: str | Path) -> str:
    # `collect` may be called from another working directory, so paths are stored as absolute ones.
    path = Path(name).expanduser()
    return str(path.resolve()) if path.exists() else str(name)
