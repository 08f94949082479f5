"""Sentences about a vector that was given as a file: what it is, and what is missing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steering.prose.words import number, plural, share


def given_sentences(card: Mapping[str, Any]) -> list[str]:
    """Return what a given vector is, and what is not known of it; none where it was made here."""
    given = card.get("given")
    if not given:
        return []
    norm, stream = card["vector_norms"]["BASE"], card["residual_norm"]
    return [
        f"The vector was given, in the file {given['file']} ({given['format']}; the hash of what "
        f"was read of it begins with {given['sha256'][:12]}). λ = 1 adds what the file holds: its "
        f"length is {number(norm)}, {share(norm / stream)} of that of the residual stream there.",
        *_made_for(card, given["about"]),
        "From which training pairs it was made is unknown: if they were these very questions, its "
        "effect on them is larger than on others.",
        "So there are no vectors of resampled pairs or of "
        "shuffled labels, and none of other prompt settings; verdicts rest on random vectors "
        "alone, and intervals, over groups of test items alone, are about this very vector.",
    ]


def layer_sentences(card: Mapping[str, Any]) -> str:
    """Return how the layer of one run came about."""
    given = card.get("given")
    if given and len(card["layers"]) == 1:
        how = "Its layer was named" if given["named"] else "One layer of it was tried"
        return f"The vector was given. {how}, so that none was chosen."
    among = f", among {plural(len(card['layers']), 'layer')} of the file," if given else ""
    return (
        f"The layer was chosen by the mean slope on validation items{among} before any test item"
        " was looked at."
    )


def origin(card: Mapping[str, Any]) -> tuple[str, str]:
    """Return where the vector comes from, and how its layer was found, for a sentence."""
    items, given = card["items"], card.get("given")
    chosen = f"; chosen on {items['validation']} validation items"
    if not given:
        return f"the vector comes from {items['train']} training items", chosen
    if len(card["layers"]) == 1:
        chosen = "; the layer was named" if given["named"] else "; the only one of the file"
    return "the vector was given as a file", chosen


def _made_for(card: Mapping[str, Any], about: Mapping[str, str]) -> list[str]:
    """Return what the file says of the model that it was made for, if that is another one."""
    model = card["model"]
    if hint := about.get("model_hint"):
        return [f"The file says that it is for models of the kind “{hint}”."]
    name, revision = about.get("model"), about.get("revision")
    if name is None or (name, revision or model["revision"]) == (model["name"], model["revision"]):
        return []
    version = f" in the revision {revision}" if revision and name == model["name"] else ""
    return [f"The file says that its vector was made for the model “{name}”{version}, another one."]
