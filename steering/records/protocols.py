"""Protocols by name: sets of options that say how questions are put, scored and steered."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steering.errors import Refused


@dataclass(frozen=True)
class Protocol:
    """A named set of options.

    Attributes:
        name: its value of `--protocol`.
        title: whose it is.
        options: what it says for each option in which protocols differ.
    """

    name: str
    title: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """An option in which protocols differ.

    Attributes:
        name: the option, without its dashes.
        title: what it is about.
        means: what each of its values stands for.
        source: the files of the published code that the value of `tan2024` is read from.
    """

    name: str
    title: str
    means: Mapping[str, str]
    source: str


def _loaded() -> tuple[dict[str, Protocol], dict[str, Option]]:
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    options = {name: Option(name, **each) for name, each in tables.pop("options").items()}
    protocols = {
        name: Protocol(name, each["title"], {one: each[one] for one in options})
        for name, each in tables.items()
    }
    return protocols, options


PROTOCOLS, OPTIONS = _loaded()
CLEAN, TAN2024 = PROTOCOLS
# Values of options, in an order in which the first one is this report's own.
VALUES = {name: tuple(one.means) for name, one in OPTIONS.items()}


def protocol(name: str) -> Protocol:
    """Return the protocol of a name. Raises Refused where there is none of that name."""
    if name not in PROTOCOLS:
        raise Refused(f"there is no protocol {name!r}: allowed are {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]


def protocol_of(options: Mapping[str, Any]) -> str:
    """Return the name of the protocol that says what these options say; "" where none does.

    Options in which protocols do not differ count for nothing, nor do those that are not named.
    """
    for name, one in PROTOCOLS.items():
        known = {option: value for option, value in one.options.items() if option in options}
        if known and all(options[option] == value for option, value in known.items()):
            return name
    return ""
