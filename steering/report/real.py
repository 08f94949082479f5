"""Real models in a report: what its configuration says of models whose runs are committed.

One page shows all that was measured of such a model, and a few concepts have pages of their own.
The pages across models show it beside the others. Nothing is measured, and its weights are not
needed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from steering.measuring.real_models import WITH_PAGES, committed_runs
from steering.prompts import said
from steering.records.kinds import YOURS, kind_of_source
from steering.records.run_card import read_card
from steering.report.measurements import COMMITTED, IDENTITIES
from steering.report.staleness import run_hash

# The pages that show all concepts of such a model; the second where it was asked in free text.
KINDS = ("variability", said.NAME)


def with_real_models(
    config: dict[str, Any], models: Sequence[str], concepts: Collection[str] = ()
) -> dict[str, Any]:
    """Return a configuration with real models beside its own, of these concepts if any is named.

    A model that the report measures itself is left as it is.
    """
    shown = {model: committed_runs(model, concepts) for model in models}
    entries = {name: dict(entry) for name, entry in config["concepts"].items()}
    # In alphabetical order, as in the file of a configuration, so that the order in which concepts
    # are named changes nothing.
    own = {name: {"concepts": sorted(entries), **one} for name, one in config["models"].items()}
    added = {}
    for model, runs in shown.items():
        fitting = {name: run for name, run in runs.items() if _fits(entries.get(name))}
        if model in own or not fitting:
            continue
        for name, run in fitting.items():
            entry = entries.setdefault(name, _concept(name, run))
            entry["committed"] = {**entry.get("committed", {}), model: str(run)}
        spoken = committed_runs(model, fitting, said.NAME)
        for name, run in spoken.items():
            beside = entries[name].get(COMMITTED[said.NAME], {})
            entries[name][COMMITTED[said.NAME]] = {**beside, model: str(run)}
        added[model] = _model(model, fitting, spoken)
    if not added:
        return config
    return {**config, "models": {**own, **added}, "concepts": entries}


def _fits(entry: dict[str, Any] | None) -> bool:
    """Return whether a concept of the report is the one that was measured: none of the reader's."""
    return entry is None or entry.get("kind") != YOURS


def _concept(name: str, run: Path) -> dict[str, Any]:
    concept = read_card(run)["concept"]
    kind = kind_of_source(concept["source"])
    return {"title": concept["title"], "kind": kind, "reference": name}


def _model(model: str, runs: dict[str, Path], spoken: dict[str, Path]) -> dict[str, Any]:
    return {
        "reference": model,
        "files": [],
        "planted": [],
        "options": {},
        "threads": 1,
        "mem_mb": 0,
        "matrix": "",
        "identities": {name: run_hash(run) for name, run in runs.items()},
        IDENTITIES[said.NAME]: {name: run_hash(run) for name, run in spoken.items()},
        "concepts": sorted(runs),
        "pages": [name for name in WITH_PAGES if name in runs],
        "kinds": list(KINDS),
    }
