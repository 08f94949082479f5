"""Committed runs: our measurements on public data sets, for readers who do not have the data.

Public data sets are not part of this repository, but what we measured on them is: slopes and
propensities of every item, without any statement or token. A report shows these runs, marked as
measured by us, if the data set is not at hand. If it is, the report measures everything itself.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from steering.clone import data_folder, measured_folder
from steering.concepts import Concept
from steering.concepts.public import cached, public_sets
from steering.measuring.identity import revision_of
from steering.measuring.kept import CARD_FILE, PLAN_FILE
from steering.models.catalogue import model_folder, own_models, withheld
from steering.prompts import said
from steering.records.crossed import crossed_file, read_stored_crossed, write_crossed
from steering.records.directions import CONTRASTIVE, OWN_NORM, PLANTED
from steering.records.matrix import matrix_file, read_stored, write_matrix
from steering.records.predictors import read_predictors, write_predictors
from steering.records.replies import read_run_replies, write_replies
from steering.records.results import FOLDERS, Results, read_results
from steering.records.run_card import RunCard, read_card
from steering.records.strength import CONTRACTS, read_strength, write_strength
from steering.records.tables import TODAY, write
from steering.source import value_hash
from steering.storage import write_json

# The directions whose whole curves the figures draw. Of all others only the slopes are kept.
_CURVES = (CONTRASTIVE, PLANTED, OWN_NORM)
_STRAIGHT = ("standard_error", "r_squared")
_TOKENS = ("token_ids", "positive_reply", "negative_reply")
_WORDS = ("statement", "question", "positive_answer", "negative_answer")


def stand_in(
    model: str,
    concept: str | Path,
    data_dir: Path | str | None = None,
    *,
    form: str = TODAY["form"],
) -> Path | None:
    """Return the folder of the committed run that stands in for a data set; None if none does.

    A run stands in if it was measured on an embedded model with exactly these weights, and if the
    file of the public data set is neither in `data_dir`, nor in `STEERING_DATA`, nor in the cache.
    """
    name = str(concept)
    if model not in own_models() or name not in public_sets() or at_hand(name, data_dir):
        return None
    folder = measured_folder() / FOLDERS[form] / model / name
    if not (folder / "card.json").is_file():
        return None
    same = read_card(folder)["model"]["revision"] == revision_of(model)
    return folder if same else None


def own_stand_in(model: str, concept: Concept) -> Path | None:
    """Return the folder of the committed run of what a model says of a concept; None without one.

    It was measured on an embedded model with exactly these weights, with this very concept.
    """
    if model not in own_models():
        return None
    folder = measured_folder() / FOLDERS[said.NAME] / model / concept.name
    if not (folder / CARD_FILE).is_file():
        return None
    made = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))
    same = revision_of(model), value_hash(repr(concept))
    return folder if (made["revision"], made["concept"]) == same else None


def at_hand(name: str, data_dir: Path | str | None = None) -> bool:
    """Return whether a public data set is in the data folder or, if there is none, in the cache."""
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
        if at_hand(name) or all(stand_in(model, name) for model in models)
    )


def commit(run: Path, folder: Path, *, again: str = "", words: bool = False) -> Path:
    """Return the folder after writing a run's numbers to it, without any text of its data set.

    The texts stay where `words` says so: those of our own concepts are free. `again` are the
    commands that measure it anew, where a data set that is not at hand is not all that it takes.
    What other concepts' vectors do on its questions goes to the same place beside that folder.
    """
    results = shortened(read_results([run]), again)
    results = results if words else without_words(results)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("items", "prompts", "sweep", "steerability"):
        write(getattr(results, name), folder, name)
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    write_json(plan, folder / "plan.json")
    (folder / "vector.safetensors").write_bytes((run / "vector.safetensors").read_bytes())
    write_json(results.cards[0], folder / "card.json")
    if matrix_file(run).is_file():
        table, about = read_stored(run)
        write_matrix(single(table), about, folder)
    if crossed_file(run).is_file():
        crossed, of_both = read_stored_crossed(run)
        write_crossed(single(crossed), of_both, folder)
    replies = read_run_replies(run)
    if len(replies):
        write_replies(single(replies if words else replies.assign(text="")), folder)
    if len(predicted := read_predictors(run)):
        write_predictors(single(predicted), folder)
    for name in CONTRACTS:
        if len(table := read_strength([run], name)):
            # Rows are told apart by λ, which the card names as well: it stays as it is.
            exact = single(table).assign(multiplier=table["multiplier"])
            write_strength(exact, folder, name)
    return folder


def shortened(results: Results, again: str = "") -> Results:
    """Return the results marked as ours, with no more of controls than their slopes."""
    curves = results.sweep["direction"].isin(_CURVES)
    # No page shows how straight the curves of controls are, so these columns are emptied.
    fits = results.steerability["direction"].isin(_CURVES)
    straight = {name: results.steerability[name].where(fits) for name in _STRAIGHT}
    return replace(
        results,
        sweep=single(results.sweep[curves].reset_index(drop=True)),
        steerability=single(results.steerability.assign(**straight)),
        cards=tuple(_marked(card, again) for card in results.cards),
    )


def without_words(results: Results) -> Results:
    """Return the results without statements, questions, answers, prompts, tokens and replies."""
    # Groups are named by statements. Numbers in the same order replace these names, so that
    # intervals stay the same.
    number = results.items.groupby("concept")["group"].rank(method="dense").astype(int)
    group = results.items["concept"].astype("str") + "/" + number.astype(str).str.zfill(6)
    nothing: pd.Series = pd.Series([[] for _ in results.prompts.index], dtype=object)
    tokens = [name for name in _TOKENS if name in results.prompts]
    return replace(
        results,
        items=results.items.assign(group=group, **dict.fromkeys(_WORDS, "")),
        prompts=results.prompts.assign(text="", **dict.fromkeys(tokens, nothing)),
        cards=tuple(
            {**card, "prompting": {**card["prompting"], "end_of_prompt": []}, "generations": []}
            for card in results.cards
        ),
    )


def single(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its numbers rounded to float32, in which models compute.

    They take half the room on disk then.
    """
    real = table.select_dtypes("float64")
    return table.assign(**real.astype("float32").astype("float64"))


def _marked(card: RunCard, again: str) -> RunCard:
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    if str(card["device"]).startswith("cuda"):
        import torch  # noqa: PLC0415 - pages read runs that stand in, and need no PyTorch

        machine["gpu"] = torch.cuda.get_device_name(card["device"])
    return {
        **card,
        "committed": {"machine": machine, **({"again": again} if again else {})},
    }
