"""Whose a concept's questions are: their licence, where they come from, and what to cite."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from IPython.display import Markdown

from steering.concepts.public import PublicSet, public_sets
from steering.prose.words import escaped, markdown
from steering.records.kinds import OURS, PUBLIC, kind_of_source

_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_RAW = re.compile(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/([0-9a-f]{40})/(.+)")


def licence_of(card: Mapping[str, Any]) -> Markdown:
    """Return under which licence a concept's questions are, their source, and what to cite.

    `card` is the card of a run. What a data set of the reader's own does not say of itself is said
    to be unknown.
    """
    concept = card["concept"]
    kind = kind_of_source(concept.get("source"))
    if kind == OURS:
        return markdown(
            "**Licence.** The questions are part of this report, under its "
            f"{escaped(concept['licence'])} licence. To cite them, [cite this report](../cite.md)."
        )
    public = public_sets().get(str(concept["name"])) if kind == PUBLIC else None
    told = [_licence(concept), _source(concept, public), _citation(concept)]
    return markdown(f"**Licence.** {' '.join(filter(None, told))}")


def _licence(concept: Mapping[str, Any]) -> str:
    named = concept.get("licence")
    if not named:
        return "No licence is named for this data set."
    if str(named).startswith("not stated"):
        return f"The licence of this data set is {escaped(named)}."
    return f"The data set is under the licence {escaped(named)}."


def _source(concept: Mapping[str, Any], public: PublicSet | None) -> str:
    """Return where a data set was published, as a link; and one to the file, if it was that."""
    if public is None:
        return f"It was read from the file {escaped(concept['origin'])}."
    repository = f"It was published at [{public.repository}](https://{public.repository})"
    read = _RAW.fullmatch(public.url or "")
    if read and concept.get("as_published") is not False:
        place, commit, file = read.groups()
        page = f"https://github.com/{place}/blob/{commit}/{file}"
        return f"{repository}; what is measured here is [this file at a fixed commit]({page})."
    return f"{repository}."


def _citation(concept: Mapping[str, Any]) -> str:
    """Return what to cite, in which arXiv numbers are links."""
    named = concept.get("citation")
    if not named:
        return ""
    parts = _ARXIV.split(str(named).rstrip("."))
    # Every other part is the number of a paper.
    told = [
        f"[arXiv:{part}](https://arxiv.org/abs/{part})" if number % 2 else _plain(part)
        for number, part in enumerate(parts)
    ]
    return f"If you use it, please cite {''.join(told)}."


def _plain(text: str) -> str:
    """Return a text escaped, with the blanks at its ends, which join it to a link."""
    inner = escaped(text) if text.strip() else ""
    return f"{text[: len(text) - len(text.lstrip())]}{inner}{text[len(text.rstrip()) :]}"
