"""What a figure's caption says first, taken from the sentences that are told about the figure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steering.records.kinds import KINDS

# "**Concepts of ours:** …" or "**Public data sets**, over …": where a kind of concepts is told of.
KIND = re.compile(rf"(?=\*\*(?:{'|'.join(re.escape(kind.capitalize()) for kind in KINDS)})\b)")
# A full stop that ends a sentence: not that of "0.5", nor one inside brackets.
END = re.compile(r"(?<=[.!?])(?:\*\*)?\s+(?=[A-Z*`])")
BRACKETS = re.compile(r" \([^()]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Told:
    """A finding in plain words, and what else is said of it, as Markdown."""

    finding: str
    rest: str


def parted(told: str) -> Told:
    """Return what is told of a figure, parted into the finding and the rest.

    The finding is the first sentence about each kind of concepts, and where no kind is named, the
    first sentence of all. What comes before the first kind is part of the rest.
    """
    before, *kinds = KIND.split(told.strip())
    if not kinds:
        first, more, others = _first(before)
        return Told(plain(first), _joined(more, others))
    parts = [_first(part) for part in kinds]
    rests = [_joined(_continued(first, more), others) for first, more, others in parts]
    return Told(plain(" ".join(first for first, _, _ in parts)), _joined(before.strip(), *rests))


def counts(told: str) -> str:
    """Return a finding without what stands in brackets: which concepts it is, each of them."""
    return BRACKETS.sub("", plain(told))


def plain(markdown: str) -> str:
    """Return words without Markdown's signs: no emphasis, no code, and of links what they say."""
    return LINK.sub(r"\1", markdown).replace("**", "").replace("`", "").replace("\\", "").strip()


def anchor(name: str) -> str:
    """Return the name of a model or concept as part of an anchor: lower case with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def _first(told: str) -> tuple[str, str, str]:
    """Return the first sentence, the rest of its paragraph, and the paragraphs after it."""
    paragraph, _, others = told.strip().partition("\n\n")
    first, *more = END.split(paragraph, maxsplit=1)
    return first, " ".join(more), others.strip()


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _continued(first: str, rest: str) -> str:
    """Return the rest about a kind, which still says of which kind it is."""
    if not rest:
        return ""
    kind = next(kind.capitalize() for kind in KINDS if first.startswith(f"**{kind.capitalize()}"))
    return f"**{kind}.** {rest}"
