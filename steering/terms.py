"""Terms: which service is asked, and how long it is waited for. Needs no PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from steering.catalogue import model_folder
from steering.errors import Pending, Refused
from steering.plan import Plan

# The precision of a plan that is measured remotely: the service has chosen it.
OF_THE_SERVICE = "of the service"


@dataclass(frozen=True)
class Terms:
    """On which terms a service is asked.

    Attributes:
        host: its address; None takes the one of nnsight's own configuration, which is NDIF's.
        submit: leave requests with the service instead of waiting for their results.
        time_limit: the most seconds that one request may take.
        queue_limit: the farthest place in the service's queue that is worth waiting at.
        silence: the most seconds without any answer, as while a service starts anew.
        unknown: the most seconds that a service may not know a request that it has taken.
        attempts: how often a request is sent that gets lost on the way or at the service.
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


def of_service(model: str, plan: Plan, device: str | None) -> Plan:
    """Return the plan as a service measures it: in its own precision.

    Raises Refused for a model that is a folder here, and for a device or precision of one's own.
    """
    if model_folder(model) is not None:
        raise Refused(
            f"model {model!r} lies on this machine, and a service has only what it has itself: "
            "name the Hugging Face id under which it serves a model, or leave --remote out."
        )
    if device is not None:
        raise Refused(
            f"device {device!r} is on this machine, but --remote computes on the service: "
            "leave one of the two out."
        )
    if plan.dtype not in (Plan.dtype, OF_THE_SERVICE):
        raise Refused(
            f"dtype {plan.dtype!r} cannot be asked of a service, which has its own: "
            "leave --dtype or --remote out."
        )
    return replace(plan, dtype=OF_THE_SERVICE)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Return what each call gives; one that waits for a service keeps no other from being sent.

    Raises Pending, once all have been tried, where any of them waits.
    """
    given, waiting = [], None
    for call in calls:
        try:
            given.append(call())
        except Pending as pending:
            waiting = pending
    if waiting is not None:
        raise waiting
    return given
