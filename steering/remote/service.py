"""A service over HTTP: its versions and models, the state of a job, and the download of results."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from platform import python_version
from typing import Any, TypeVar

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import httpx
from nnsight.schema.config import CONFIG
from nnsight.schema.response import ResponseModel
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential_jitter,
)

from steering.errors import Interrupted
from steering.remote.faults import Lost, TooLarge, Unreachable
from steering.remote.terms import Terms

# A larger result is not fetched: requests are limited, so that none of ours has such a result.
LARGEST_RESULT = 2**30
# Seconds in which a service has to answer the first time, so that a wrong address shows soon.
FIRST = 10.0
_CHUNK = 2**17
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
# Status codes of a service that is overloaded or restarting: it may answer later.
_BUSY = {408, 425, 429, 500, 502, 503, 504}
# Status codes of a result that is gone: its address is signed for a limited time.
_GONE = frozenset({403, 404, 410})

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """An NDIF service, and the terms on which it is asked."""

    terms: Terms

    @property
    def host(self) -> str:
        """Return the address of the service."""
        return self.terms.host or os.environ.get("NDIF_HOST") or str(CONFIG.API.HOST)

    @property
    def key(self) -> str:
        """Return the key that is sent with every request; it is never stored."""
        return os.environ.get("NDIF_API_KEY") or CONFIG.API.APIKEY or ""

    @cached_property
    def versions(self) -> dict[str, str]:
        """Return the versions that the service reports; empty if it reports none."""
        environment = self._status("/env")
        packages = environment.get("packages", {})
        versions = {name: packages[name] for name in ("nnsight", "torch", "transformers")
                 if name in packages}  # fmt: skip
        python = str(environment.get("python_version", "")).split(" ")[0]
        return {**({"python": python} if python else {}), **versions}

    def other_version(self, reason: str) -> Interrupted:
        """Return the error for a service whose versions do not fit this client's."""
        names = ("nnsight", "transformers", "torch")
        here = ", ".join([f"Python {python_version()}", *(f"{n} {version(n)}" for n in names)])
        theirs = {"python": "Python", **{name: name for name in names}}
        there = [f"{theirs[name]} {number}" for name, number in self.versions.items()]
        return Interrupted(
            f"the service at {self.host} does not understand this client ({reason}): here are "
            f"{here}, there {', '.join(there) or 'versions that it does not say'}; "
            "bring nnsight to the service's version."
        )

    def not_deployed(self, model: str, reason: str) -> Interrupted:
        """Return the error for a model that the service lacks; it names those that it has."""
        models = sorted(
            {
                str(one.get("repo_id"))
                for one in self._status("/status").get("deployments", {}).values()
                if one.get("deployment_level") in ("HOT", "WARM")
            }
        )
        running = f"running are {', '.join(models)}" if models else "it does not say which it runs"
        return Interrupted(
            f"the service at {self.host} has no model {model!r} ({reason}): {running}."
        )

    def fits(self) -> None:
        """Raise Interrupted unless the service answers, with a version that fits this client."""
        soon = replace(self, terms=replace(self.terms, silence=min(FIRST, self.terms.silence)))
        theirs, ours = soon.versions.get("nnsight"), version("nnsight")
        if theirs is not None and theirs.split(".")[:2] != ours.split(".")[:2]:
            raise soon.other_version(f"nnsight {theirs.rpartition('.')[0]} is another protocol")

    def state(self, job: str) -> ResponseModel | None:
        """Return the latest state of a job; None if the service does not know the job."""
        answer = self.again(lambda: self._get(f"{self.host}/response/{job}", self._headers()))
        return None if answer is None else ResponseModel.model_validate_json(answer)

    def fetched(self, url: str, read: Callable[[bytes], T]) -> T:
        """Return what `read` makes of a result; a download that broke off is repeated.

        Raises Lost where the service no longer has it.
        """

        def whole() -> T:
            content = self._get(url, {}, _GONE)
            if content is None:
                raise Lost("its result is no longer there")
            return read(content)

        return self.again(whole)

    def again(self, ask: Callable[[], T]) -> T:
        """Return an answer; while the service is unreachable, ask again at growing intervals.

        Raises Interrupted where that takes too long.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(Unreachable),
            wait=wait_exponential_jitter(multiplier=0.1, max=10.0, jitter=0.1),
            stop=stop_after_delay(self.terms.silence),
            reraise=True,
        )
        try:
            return retrying(ask)
        except Unreachable as error:
            raise Interrupted(
                f"the service at {self.host} does not answer ({error}): see that it is up; what "
                "was measured is kept, and the same command goes on from there."
            ) from error

    def refusal(self, answer: httpx.Response) -> Exception:
        """Return the exception for an answer that is no success."""
        reason = _detail(answer).replace(self.key or "\0", "…")
        code = answer.status_code
        if code in (401, 403) or (code == 400 and "API key" in reason):
            return Interrupted(
                f"the service at {self.host} does not accept {'this' if self.key else 'no'} key "
                f"({reason}): set yours as NDIF_API_KEY, or run `nnsight login` once."
            )
        if code == 400 and "version" in reason:
            return self.other_version(reason)
        if code == 413:
            return TooLarge(reason)
        if code in _BUSY:
            return Unreachable(f"{code}: {reason}")
        return Interrupted(f"the service at {self.host} answered {code} ({reason}): is it NDIF's?")

    def _headers(self) -> dict[str, str]:
        return {"ndif-api-key": self.key} if self.key else {}

    def _status(self, path: str) -> dict[str, Any]:
        # What a service says of itself only helps with messages, so it may say nothing.
        try:
            answer = self.again(lambda: self._get(f"{self.host}{path}", self._headers()))
            return dict(httpx.Response(200, content=answer or b"{}").json())
        except ValueError:
            return {}

    def _get(
        self, url: str, headers: dict[str, str], gone: frozenset[int] = frozenset({404})
    ) -> bytes | None:
        """Return the content of an answer; None if there is nothing at this address."""
        try:
            with httpx.stream("GET", url, headers=headers, timeout=_TIMEOUT) as answer:
                if answer.status_code in gone:
                    return None
                if answer.status_code != 200:
                    answer.read()
                    raise self.refusal(answer)
                content = bytearray()
                for chunk in answer.iter_bytes(_CHUNK):
                    content += chunk
                    if len(content) > LARGEST_RESULT:
                        raise Interrupted(
                            f"the service at {self.host} sends a result over {LARGEST_RESULT} "
                            "bytes, which is none that was asked for: is it NDIF's?"
                        )
                return bytes(content)
        except httpx.HTTPError as error:
            raise Unreachable(told(error)) from error


def told(error: Exception) -> str:
    """Return an error's message, or the name of its type if it has none."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()
        detail = detail.get("detail", detail) if isinstance(detail, dict) else detail
    except ValueError:
        detail = answer.text
    return " ".join(str(detail).split()).rstrip(".")[:300] or answer.reason_phrase
