"""The headline of the first page: what models have in common, and which do not answer at all."""

from __future__ import annotations

import pandas as pd

from steering.analysis.verdict.outcomes import CROSSED, MOVES, NO_ANSWER, STEERING, of_claim
from steering.prose.outcomes import count_of
from steering.prose.words import MOST, escaped, listed, plural
from steering.records.kinds import KINDS


def together(verdicts: pd.DataFrame) -> str:
    """Return on how many concepts of each kind the vector moves the answer in every model.

    A model that does not answer the questions of most of its concepts is told by itself: where it
    does not, nothing can be moved.
    """
    steering, silent = of_claim(verdicts, STEERING), silent_models(verdicts)
    told = [*_moved(steering[~steering["model"].isin(silent)], named=bool(silent))]
    told += [silence(model, *counts) for model, counts in silent.items()]
    return " ".join(told)


def silent_models(verdicts: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return the models that do not answer on most concepts: on how many they do, of how many."""
    steering = of_claim(verdicts, STEERING)
    answers = (steering["outcome"] != NO_ANSWER).groupby(
        [steering["model"], steering["concept"]], sort=False
    )
    counts = answers.any().groupby("model", sort=False).agg(["sum", "size"])
    few = counts[2 * counts["sum"] < counts["size"]]
    return {str(model): (int(row["sum"]), int(row["size"])) for model, row in few.iterrows()}


def silence(model: str, answered: int, concepts: int) -> str:
    """Return on how many of its concepts a model answers, one of `silent_models`."""
    if answered:
        return (
            f"**{escaped(model)} answers the questions of {answered} of its "
            f"{plural(concepts, 'concept')}: on the other {concepts - answered}, nothing can be "
            "said about vectors.**"
        )
    which = "its one concept" if concepts == 1 else f"any of its {plural(concepts, 'concept')}"
    return (
        f"**{escaped(model)} does not answer the questions of {which}, so that nothing can be said "
        "about vectors there.**"
    )


def _moved(steering: pd.DataFrame, *, named: bool) -> list[str]:
    """Return a sentence for each kind of concept; `named` where these are not all models."""
    names = steering["model"].drop_duplicates().to_list()
    models = len(names)
    everywhere = {1: "", 2: " in both models"}.get(models, f" in all {models} models")
    if named and names:
        everywhere = f" in {listed(map(escaped, names))}"
    told = []
    for kind in KINDS:
        part = steering[steering["kind"] == kind]
        if part.empty:
            continue
        moves = part.assign(moved=part["outcome"] == MOVES).groupby("concept")
        counts = moves.agg(moved=("moved", "sum"), models=("model", "nunique"))
        moved = counts.loc[counts["models"] == models, "moved"]
        text = f"On {int((moved == models).sum())} of {len(moved)} {kind} the vector moves the "
        text += f"answer{everywhere}"
        if len(moved) < len(counts):
            more = len(counts) - len(moved)
            text += f" ({more} more {'was' if more == 1 else 'were'} not measured in all of them)"
        none = sorted(moved.index[moved == 0])
        if models > 1 and none:
            which = f" ({listed(none)})" if len(none) <= MOST else ""
            text += f", on {len(none)} in none{which}"
        told.append(f"**{text}.**")
    return told


def in_free_text(verdicts: pd.DataFrame, spoken: pd.DataFrame) -> str:
    """Return what vectors do to what models say, and whether those of letters do it too.

    `verdicts` are those on questions with lettered answers, `spoken` those in free text. The text
    is empty where nothing was asked in free text.
    """
    told = []
    for kind in KINDS:
        part = spoken[spoken["kind"] == kind]
        lettered = verdicts[verdicts["kind"] == kind]
        texts = [
            _said_by(str(model), lettered[lettered["model"] == model], rows)
            for model, rows in part.groupby("model", sort=False)
        ]
        if texts:
            told.append(f"**In free text, {kind}:** {'; '.join(texts)}.")
    return " ".join(told)


def _said_by(model: str, verdicts: pd.DataFrame, spoken: pd.DataFrame) -> str:
    """Return what vectors do to what one model says, on concepts of one kind."""
    steering, crossed = of_claim(spoken, STEERING), of_claim(spoken, CROSSED)
    answered = steering[steering["outcome"] != NO_ANSWER]
    text = (
        f"{escaped(model)} says what it is asked to be on {len(answered)} of {len(steering)}, and "
        f"the vector moves that on {int((answered['outcome'] == MOVES).sum())}"
    )
    if len(crossed):
        moved = int((crossed["outcome"] == MOVES).sum())
        text += f" (one that is read at the letter, on {moved})"
    letters = of_claim(verdicts, STEERING)
    silent = set(letters.loc[letters["outcome"] == NO_ANSWER, "concept"])
    says = silent & set(answered["concept"])
    if says:
        text += f"; {len(says)} of these it does not answer through letters"
    return text


def rows_in_free_text(verdicts: pd.DataFrame, spoken: pd.DataFrame) -> dict[str, str]:
    """Return the answers about what one model says; nothing where it was not asked in free text."""
    steering = of_claim(spoken, STEERING)
    if steering.empty:
        return {}
    silent = int((steering["outcome"] == NO_ANSWER).sum())
    told = {
        "In free text: the model answers": f"{len(steering) - silent} of {len(steering)}",
        "In free text: the vector moves what is said": count_of(spoken, STEERING, MOVES),
    }
    if len(of_claim(spoken, CROSSED)):
        told["A vector read at the letter moves what is said"] = count_of(spoken, CROSSED, MOVES)
        told["A vector read over replies moves the lettered answer"] = count_of(
            verdicts, CROSSED, MOVES
        )
    return told
