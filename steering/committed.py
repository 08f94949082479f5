"""Committed runs: numbers of public data sets that we measured, for readers without the data.

A public data set is not part of the project, but what was measured on it may be: slopes and
propensities by item, no statement, no token. A report shows them where the data set is not at
hand, marked as ours; where it is, everything is measured on the spot.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from steering.catalogue import model_folder, own_models, withheld
from steering.concepts.public import cached, public_sets
from steering.folders import data_folder, measured_folder
from steering.plan import revision_of
from steering.tables import Results, read_card, read_results, write, write_json

# What the figures of a page draw curves of; the slopes of all other directions are kept as well.
_CURVES = ("contrastive", "planted", "unscaled")
_STRAIGHT = ("standard_error", "r_squared")
_WORDS = ("statement", "question", "positive_answer", "negative_answer")


def committed_run(
    model: str, concept: str | Path, data_dir: Path | str | None = None
) -> Path | None:
    """Return the folder of a committed run, where it has to stand in for a data set.

    That is: of an embedded model with these very weights, and a public data set whose file is
    neither in `data_dir`, nor in `STEERING_DATA`, nor in the cache. None everywhere else.
    """
    name = str(concept)
    if model not in own_models() or name not in public_sets() or at_hand(name, data_dir):
        return None
    folder = measured_folder() / "runs" / model / name
    if not (folder / "card.json").is_file():
        return None
    same = read_card(folder)["model"]["revision"] == revision_of(model)
    return folder if same else None


def at_hand(name: str, data_dir: Path | str | None = None) -> bool:
    """Return whether a public data set's file is here: in the data folder, or else in the cache."""
    one, folder = public_sets()[name], data_folder(data_dir)
    return (folder / one.place).is_file() if folder else cached(one)


def learned_sets(models: Iterable[str]) -> tuple[str, ...]:
    """Return the public data sets that one of these models has learned and that can be shown here.

    Those are the sets that are at hand, or of which there is a committed run of every model.
    """
    models = tuple(models)
    named = {name for model in models for name in withheld(model_folder(model))}
    return tuple(
        name
        for name in sorted(named & set(public_sets()))
        if at_hand(name) or all(committed_run(model, name) for model in models)
    )


def commit(run: Path, folder: Path) -> Path:
    """Return the folder to which a run's numbers are written, without anything of its data set."""
    kept = without_words(read_results([run]))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("items", "prompts", "sweep", "steerability"):
        write(getattr(kept, name), folder, name)
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    write_json(plan, folder / "plan.json")
    (folder / "vector.safetensors").write_bytes((run / "vector.safetensors").read_bytes())
    write_json(kept.cards[0], folder / "card.json")
    return folder


def without_words(results: Results) -> Results:
    """Return the results without statements, questions, answers, prompts, tokens and replies."""
    curves = results.sweep["direction"].isin(_CURVES)
    resampled = results.sweep["direction"].str.startswith("resampled-")
    # How straight a control's curves are is on no page.
    fits = results.steerability["direction"].isin(_CURVES)
    straight = {name: results.steerability[name].where(fits) for name in _STRAIGHT}
    # A group goes by its statement; numbered in their order, groups give the same intervals.
    number = results.items.groupby("concept")["group"].rank(method="dense").astype(int)
    group = results.items["concept"] + "/" + number.astype(str).str.zfill(6)
    nothing: list[list[int]] = [[] for _ in range(len(results.prompts))]
    return replace(
        results,
        items=results.items.assign(group=group, **dict.fromkeys(_WORDS, "")),
        prompts=results.prompts.assign(text="", token_ids=pd.Series(nothing, dtype=object)),
        sweep=_single(results.sweep[curves | resampled].reset_index(drop=True)),
        steerability=_single(results.steerability.assign(**straight)),
        cards=tuple(map(_marked, results.cards)),
    )


def _single(table: pd.DataFrame) -> pd.DataFrame:
    # The precision that models compute in, which takes half the room.
    real = table.select_dtypes("float64")
    return table.assign(**real.astype("float32").astype("float64"))


def _marked(card: dict[str, Any]) -> dict[str, Any]:
    prompting = {**card["prompting"], "end_of_prompt": []}
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    return {**card, "prompting": prompting, "generations": [], "committed": {"machine": machine}}
