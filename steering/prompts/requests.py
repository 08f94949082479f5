"""Requests: what a model is asked to reply to in free text, read from `requests.toml`.

A request before a statement asks for one about oneself; one before an answer puts its question.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from steering.concepts.pairs import Pair
from steering.errors import Refused

STATEMENT, QUESTION = "statement", "question"
_MARK = "{question}"


@dataclass(frozen=True)
class Request:
    """A way to ask for a reply.

    Attributes:
        name: its value in the tables.
        before: what the reply is: a statement about oneself, or the answer to a question.
        text: what the user says; `{question}` stands for the question, if there is one.
    """

    name: str
    before: str
    text: str

    def put(self, pair: Pair) -> str:
        """Return what the user says before either text of a pair."""
        # Not str.format: a question may hold braces of its own.
        return self.text.replace(_MARK, pair.question)


@dataclass(frozen=True)
class Asked:
    """A pair and the request to which its texts are the replies."""

    pair: Pair
    request: Request


def loaded(text: str) -> dict[str, Request]:
    """Return the requests in a TOML text by name. Raises Refused where one is not what it must be.

    The tables are `statement` and `question`; no name is in both. A question is put once, and not
    before a statement.
    """
    tables = tomllib.loads(text)
    found: dict[str, Request] = {}
    for before, requests in tables.items():
        if before not in (STATEMENT, QUESTION):
            raise Refused(
                f"the table {before!r} of requests: allowed are {STATEMENT} and {QUESTION}."
            )
        for name, asks in requests.items():
            if name in found:
                raise Refused(f"there are two requests {name!r}: each needs a name of its own.")
            marks = asks.count(_MARK)
            if not asks.strip() or marks != (before == QUESTION):
                raise Refused(
                    f"the request {name!r} before a {before} is {asks!r}: needed is a text that "
                    f"holds {_MARK} once before an answer, and nowhere else."
                )
            found[name] = Request(name, before, asks)
    return found


REQUESTS = loaded(Path(__file__).with_name("requests.toml").read_text(encoding="utf-8"))


def requests_of(pair: Pair, names: Iterable[str] | None = None) -> tuple[Request, ...]:
    """Return the requests that a pair's texts may reply to, among those named (None: all).

    Raises Refused for a name that is no request, and where none of those named fits the pair.
    """
    chosen = tuple(REQUESTS if names is None else names)
    for name in chosen:
        if name not in REQUESTS:
            raise Refused(f"there is no request {name!r}: allowed are {', '.join(REQUESTS)}.")
    before = QUESTION if pair.question else STATEMENT
    fitting = tuple(REQUESTS[name] for name in chosen if REQUESTS[name].before == before)
    if not fitting:
        allowed = ", ".join(name for name, one in REQUESTS.items() if one.before == before)
        raise Refused(
            f"the requests {', '.join(chosen) or 'none'} are not for a {before}: "
            f"allowed are {allowed}."
        )
    return fitting


def asked(
    pairs: Sequence[Pair], names: Iterable[str] | None = None, *, crossed: bool = False
) -> tuple[Asked, ...]:
    """Return the pairs with their requests: shared out over the pairs in turn, or all with each.

    The order of the pairs, which is that of a hash, decides who has which: so more pairs leave the
    requests of those that were there. All prompt settings ask the same.
    """
    chosen = None if names is None else tuple(names)
    if crossed:
        return tuple(Asked(pair, one) for pair in pairs for one in requests_of(pair, chosen))
    turns = {STATEMENT: 0, QUESTION: 0}
    shared = []
    for pair in pairs:
        fitting = requests_of(pair, chosen)
        before = fitting[0].before
        shared.append(Asked(pair, fitting[turns[before] % len(fitting)]))
        turns[before] += 1
    return tuple(shared)
