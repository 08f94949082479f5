"""Prices in words: what is run, for how long, and in how much memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from steering.errors import Refused
from steering.measuring.affordable import duration

if TYPE_CHECKING:
    from steering.measuring.price import Price

# Whoever waits longer than so many seconds is told beforehand.
PATIENCE = 10.0
# What the price of the specificity matrix stands under.
OTHERS = "other concepts' vectors"
# And what the prices stand under of what only a full report measures.
WAYS, LAYERED = "other operations and directions", "side effects over layers"
NOTHING = "Nothing is missing: it takes no forward pass."


def told(price: Price) -> str:
    """Return a price in words, a line for each of its parts."""
    if not price.parts:
        return NOTHING
    lines = [_line(price.speed.seconds(part.work), part.name) for part in price.parts]
    taking = _taking(price.seconds, price.memory)
    return "\n".join([f"To be measured, in about {taking}:", *lines])


def told_together(
    of: str, prices: Mapping[str, Price | Refused], whole: Collection[str] = ()
) -> str:
    """Return the prices of several measurements on one model, with a line for each name.

    The parts of a price are named, but of those in `whole`, of which nothing is there yet. What is
    refused says why.
    """
    known = [price for price in prices.values() if not isinstance(price, Refused)]
    seconds = sum(price.seconds for price in known)
    memory = max((price.memory for price in known), default=0)
    taking = f" in about {_taking(seconds, memory)}:" if seconds else ": nothing"
    lines = [_of(name, one, name in whole) for name, one in prices.items()]
    return "\n".join([f"{of}, to be measured{taking}", *lines])


def _of(name: str, price: Price | Refused, whole: bool) -> str:
    if isinstance(price, Refused):
        return f"  {'refused':>12}  {name}: {price}"
    if not price.parts:
        return f"  {'nothing':>12}  {name}"
    parts = "all of it" if whole else ", ".join(part.name for part in price.parts)
    return _line(price.seconds, f"{name}: {parts}")


def _line(seconds: float, name: str) -> str:
    return f"  {duration(seconds):>12}  {name}"


def _taking(seconds: float, memory: int) -> str:
    return f"{duration(seconds)} and {memory / 2**30:.1f} GiB of memory"
