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
    told += [_silence(model, *counts) for model, counts in silent.items()]
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


def _silence(model: str, answered: int, concepts: int) -> str:
    if answered:
        return (
            f"**{escaped(model)} answers the questions of {answered} of its "
            f"{plural(concepts, 'concept')}: of vectors on the other {concepts - answered} nothing "
            "can be said.**"
        )
    which = "its one concept" if concepts == 1 else f"any of its {plural(concepts, 'concept')}"
    return (
        f"**{escaped(model)} does not answer the questions of {which}, so that nothing can be said "
        "of vectors there.**"
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
        steering = of_claim(spoken[spoken["kind"] == kind], STEERING)
        for model, part in steering.groupby("model", sort=False):
            answered = part[part["outcome"] != NO_ANSWER]
            moved = int((answered["outcome"] == MOVES).sum())
            text = (
                f"{escaped(str(model))} answers on {len(answered)} of {len(part)} {kind}, and the "
                f"vector moves what it says on {moved}"
            )
            crossed = of_claim(spoken[spoken["kind"] == kind], CROSSED)
            crossed = crossed[crossed["model"] == model]
            if len(crossed):
                text += (
                    "; a vector that is read at the letter does so on "
                    f"{int((crossed['outcome'] == MOVES).sum())}"
                )
            letters = of_claim(verdicts[verdicts["kind"] == kind], STEERING)
            silent = letters[(letters["model"] == model) & (letters["outcome"] == NO_ANSWER)]
            says = set(silent["concept"]) & set(answered["concept"])
            if says:
                text += (
                    f"; {len(says)} of these {'is' if len(says) == 1 else 'are'} not answered "
                    "through letters"
                )
            told.append(text)
    return f"**In free text:** {'; '.join(told)}." if told else ""


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
