"""Without waiting: requests left with a service, and what is ready of them collected later."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from steering.errors import Pending, Refused
from steering.measurement import PLAN_FILE, measure
from steering.plan import Plan
from steering.tables import Results, write_json
from steering.terms import Terms

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
    """Return the tables of one concept if a service has measured it all; it is not waited for.

    Raises Pending once the requests are with the service: `collect` asks after them.
    """
    asked: dict[str, Any] = {
        "model": model,
        "concept": _whole(concept),
        "terms": asdict(replace(terms or Terms(), submit=True)),
        "data_dir": None if data_dir is None else _whole(data_dir),
        "trust_remote_code": trust_remote_code,
    }
    return _measured(asked, plan, Path(out), fresh=fresh, device=device)


def collect(out: Path | str) -> Results:
    """Return the tables of a folder that `submit` began, if all is there that they need.

    What the service has done is fetched, and what depends on it is left with the service in turn;
    then it raises Pending. Raises Refused where nothing was submitted from this folder.
    """
    folder = Path(out)
    if not (folder / _ASKED).is_file():
        raise Refused(
            f"{str(folder)!r} waits for nothing: name the folder of a measurement that was begun "
            "with --submit and is not complete."
        )
    asked = json.loads((folder / _ASKED).read_text(encoding="utf-8"))
    kept = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))["plan"]
    given: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in kept.items()
    }
    return _measured(asked, Plan(**given), folder)


def _measured(asked: dict[str, Any], plan: Plan | None, out: Path, **options: Any) -> Results:
    try:
        return measure(
            asked["model"],
            asked["concept"],
            plan,
            out,
            data_dir=asked["data_dir"],
            trust_remote_code=asked["trust_remote_code"],
            remote=Terms(**asked["terms"]),
            **options,
        )
    except Pending:
        write_json(asked, out / _ASKED)
        raise


def _whole(name: str | Path) -> str:
    # It may be collected from another folder than it was submitted from.
    path = Path(name).expanduser()
    return str(path.resolve()) if path.exists() else str(name)
