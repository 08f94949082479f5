"""Notes on how a run's model was prompted and what was left out, for a reader of its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steering.prose.given import given_sentences
from steering.records.kinds import OURS, kind_of_source

_SKIPPED = {
    "too_long": ("item does not fit", "items do not fit", "the model's context and {} left out"),
    "duplicates": ("row repeats", "rows repeat", "another one and {} left out"),
    "equal_answers": ("row has", "rows have", "two equal answers and {} left out"),
    "further_choices": ("item has", "items have", "a further choice within an answer and {} kept"),
    "near_duplicates": (
        "item says",
        "items say",
        "nearly the same as another one and {} in one group with it",
    ),
}


def stands_in(card: Mapping[str, Any]) -> list[str]:
    """Return the sentence that marks a run of ours; none where the run was measured here."""
    if not (ours := card.get("committed")):
        return []
    versions = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    if again := ours.get("again"):
        return [
            f"Measured by the authors on {card['date']}, on {ours['machine']['processor']}, with "
            f"{versions}, which takes long: it comes with the project, without any statement, and "
            f"{again} measures it anew."
        ]
    if kind_of_source(card["concept"].get("source")) == OURS:
        return [
            f"Measured by the authors on {card['date']}, on {ours['machine']['processor']}, with "
            f"{versions}, on all pairs of texts, which takes long: it comes with the project, and "
            "`steering report --full` measures it anew."
        ]
    return [
        f"Measured by the authors on {card['date']}, on {ours['machine']['processor']}, with "
        f"{versions}: the data set is not at hand here, and its statements are not part of "
        f"the project; `steering fetch {card['concept']['name']}` brings them, and the next "
        "`steering report` measures it anew."
    ]


def notes(card: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each thing to know, the tokens that were read and steered first.

    Of a vector that was given as a file, what it is comes before.
    """
    sentences = [*given_sentences(card), *_prompting(card), *_model(card.get("model", {}))]
    if left_out := card.get("settings_left_out"):
        sentences.append(
            f"Left out, because the chat template cannot express it: {', '.join(left_out)}."
        )
    if card["concept"].get("as_published") is False:
        sentences.append("The data set's file is not the published one.")
    if card.get("items", {}).get("train_capped"):
        sentences.append(
            f"The vector is made from {card['items']['groups_train']} groups of training items, "
            "as for every model of this size where nothing else is asked for: what another draw of "
            "so many would change is within the intervals, which count it."
        )
    if named := card.get("left_out"):
        sentences.append(named)
    for key, (one, many, rest) in _SKIPPED.items():
        if named and key == "too_long":
            continue
        if count := card.get("skipped", {}).get(key):
            verb = one if count == 1 else many
            sentences.append(f"{count} {verb} {rest.format('is' if count == 1 else 'are')}.")
    return sentences


def _prompting(card: Mapping[str, Any]) -> list[str]:
    """Return how the model was spoken to, and where a vector is read and added."""
    sentences: list[str] = []
    prompting = card.get("prompting")
    if prompting:
        letters = " or ".join(f"“{letter}”" for letter in prompting["letters_read"])
        at = f"at the token before it, “{prompting['steered_token']}”."
        if card.get("given"):
            sentences.append(f"The letter is {letters}, and the vector is added {at}")
        else:
            sentences.append(f"The vector is read at the letter, {letters}, and added {at}")
        if prompting["template"] == "none":
            sentences.append("The model has no chat template: a plain default form was used.")
        elif prompting.get("system_folded"):
            sentences.append(
                "The model's chat template writes a system message into the user's turn, which is "
                "no system role: it is not told any."
            )
        elif not prompting["system_role"]:
            sentences.append("The model's chat template has no system role: it is not told any.")
    return sentences


def _model(model: Mapping[str, Any]) -> list[str]:
    """Return how a model's weights are stored, and what was merged into them."""
    sentences = []
    if stored := model.get("quantisation"):
        sentences.append(f"How the model's weights are stored: {stored}.")
    if adapter := model.get("adapter"):
        sentences.append(f"The model is an adapter, {adapter}: {model['base']}.")
    return sentences
