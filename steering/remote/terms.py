"""Terms: which service runs a model, and how long to wait for it. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from steering.errors import Refused


@dataclass(frozen=True)
class Terms:
    """The address of a service, and the limits on waiting for it.

    Attributes:
        host: its address; None takes the one of nnsight's own configuration, which is NDIF's.
        submit: leave requests with the service instead of waiting for their results.
        time_limit: the most seconds that one request may take.
        queue_limit: the farthest place in the service's queue at which a request waits.
        silence: the most seconds without any answer, for example while a service restarts.
        unknown: the most seconds for which a service may not know a request that it has accepted.
        attempts: how often a request is sent if it gets lost.
        at_once: with `submit`, the seconds in which a result is still waited for.
    """

    host: str | None = None
    submit: bool = False
    time_limit: float = 3600.0
    queue_limit: int = 100
    silence: float = 120.0
    unknown: float = 30.0
    attempts: int = 3
    at_once: float = 10.0

    def __post_init__(self) -> None:
        if self.host is not None:
            parts = urlsplit(self.host)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise Refused(
                    f"host {self.host!r} is no address of a service: write it like "
                    "https://service.example or http://127.0.0.1:8001."
                )
            if parts.username or parts.password:
                raise Refused(
                    "the host has a user name or password in it, which results would carry along: "
                    "write the address alone, and set the key as NDIF_API_KEY."
                )
        for name in ("time_limit", "queue_limit"):
            if not getattr(self, name) > 0:
                raise Refused(f"{name} is {getattr(self, name)}: allowed are numbers above 0.")


def terms_of(remote: bool | str | Terms) -> Terms | None:
    """Return the terms that `remote` stands for: True, a service's address, or terms already."""
    if isinstance(remote, Terms):
        return remote
    if isinstance(remote, str):
        return Terms(host=remote.rstrip("/"))
    return Terms() if remote else None
