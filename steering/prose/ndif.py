"""Sentences about a measurement through a real NDIF server, made from measured/ndif.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from steering.prose.stand_ins import measured_by_us, not_measured, read_about
from steering.prose.words import escaped, listed, number, plural

COMMAND = "make test-ndif"


def through_a_server(file: Path) -> str:
    """Return what a concept took through a server, and how far it is from the same without one.

    Where it was not measured, how to measure it.
    """
    if not file.is_file():
        return not_measured(COMMAND)
    about = read_about(file)
    trusted, sandbox = about["trusted"], about["sandbox"]
    server = listed(f"{name} {version}" for name, version in about["server_versions"].items())
    kinds = {"trusted code in the server's process": trusted, "in the sandbox": sandbox}
    rows = [
        "| | " + " | ".join(kinds) + " |",
        "|---|" + "---|" * len(kinds),
        _row("requests", kinds, lambda one: str(one["requests"])),
        _row("seconds a request, median", kinds, lambda one: number(one["seconds_a_request"])),
        _row("seconds of the longest", kinds, lambda one: number(one["longest_request_seconds"])),
        _row("kB sent", kinds, lambda one: number(one["bytes_sent"] / 1000, 0)),
        *_received(kinds),
        *(
            _row(
                f"largest difference of a {what} from the same here",
                kinds,
                lambda one, what=what: f"{one['differences'][what]:.1e}",
            )
            for what in trusted["differences"]
        ),
    ]
    return "\n".join(
        [
            f"The server had {escaped(server)}. It was up after "
            f"{number(about['server_start_seconds'], 0)} seconds; the first "
            f"request, for which it brought the model up, took "
            f"{number(about['deploy_seconds'], 0)}. All of concept `{about['concept']}` on "
            f"{about['model']} took {number(trusted['seconds_a_concept'], 0)} seconds in "
            f"{plural(trusted['requests'], 'request')}, and {number(about['seconds_here'], 0)} "
            "seconds without a server on the same machine. In the sandbox, which is slower, a "
            "small part of it was measured.",
            "",
            *rows,
            "",
            measured_by_us(about, COMMAND, "what a server of one's own costs"),
            "",
        ]
    )


def _received(kinds: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the row of what came back; none of a measurement that did not count it yet."""
    if not all("bytes_received" in one for one in kinds.values()):
        return []
    return [_row("kB received", kinds, lambda one: number(one["bytes_received"] / 1000, 0))]


def _row(name: str, kinds: Mapping[str, dict[str, Any]], text: Any) -> str:
    return f"| {name} | " + " | ".join(text(one) for one in kinds.values()) + " |"
