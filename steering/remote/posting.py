"""Posting a request under an id that the client has chosen, and kept before it is sent."""

from __future__ import annotations

from collections.abc import Callable

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import httpx
from nnsight.intervention.backends.remote import RemoteError
from nnsight.schema.request import RequestModel
from nnsight.schema.response import ResponseModel

from steering.remote.faults import Unreachable
from steering.remote.service import Service, told


class Identified(RequestModel):  # type: ignore[misc]  # it has no types
    """What is said of a request when it is posted, its id among it.

    NDIF takes the id that a client names, as it would one of its own. A service that gives another
    one says so in its answer, and that one counts.
    """

    id: str


class NotTaken(Exception):  # noqa: N818 - what it is, not that it is an error
    """The service has said that it does not take a request; `why` is what the user has to know."""

    def __init__(self, why: Exception) -> None:
        """Keep why."""
        super().__init__(str(why))
        self.why = why


def posted(post: Callable[[], ResponseModel], service: Service) -> str:
    """Return the id that a service gives a request, which `post` sends.

    Raises NotTaken where it says no, and Unreachable where it says nothing: the request may have
    been taken all the same.
    """
    try:
        return str(post().id)
    except RemoteError as error:
        cause = error.__cause__
        if isinstance(cause, httpx.HTTPStatusError):
            refusal = service.refusal(cause.response)
            if isinstance(refusal, Unreachable):
                raise refusal from None
            raise NotTaken(refusal) from None
        if isinstance(cause, httpx.HTTPError):
            raise Unreachable(told(cause)) from None
        raise
