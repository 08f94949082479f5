"""Runs of ours in a report: what the embedded models say of our own concepts takes long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from steering.concepts import Concept
from steering.measuring.stand_ins import own_stand_in
from steering.prompts import said
from steering.records.kinds import OURS
from steering.report.measurements import COMMITTED


def own_runs(
    entry: Mapping[str, Any], models: Sequence[str], load: Callable[[str], Concept]
) -> dict[str, dict[str, str]]:
    """Return the committed runs of what models say of a concept of ours; nothing if none stands in.

    In a report of the default sizes they take the place of measuring it, which takes long.
    """
    if "committed" in entry or entry["kind"] != OURS:
        return {}
    runs = {model: own_stand_in(model, load(entry["reference"])) for model in models}
    there = {model: str(run) for model, run in runs.items() if run}
    return {COMMITTED[said.NAME]: there} if there else {}
