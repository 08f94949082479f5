"""Faults: what can go wrong with a service, an exception for each way to react to it."""

from __future__ import annotations

import torch

from steering.errors import Interrupted

_DEPLOYING = ("Could not deploy this model", "Error provisioning model", "Error starting model")
_OTHER_VERSIONS = ("architecture on this server doesn't match", "payload could not be read")
_OVER_TIME = "exceeded the execution timeout"
_OUT_OF_MEMORY = ("OutOfMemoryError", "out of memory", "can't allocate memory")
_LONGEST = 300


class Unreachable(Exception):  # noqa: N818 - what it is, not that it is an error
    """The service did not answer, or its answer broke off; asking once more is safe."""


class Lost(Exception):  # noqa: N818
    """The service no longer has a request or its result; sending it once more is safe."""


class BlockFailed(Interrupted):
    """The block itself raised an error on the service: sending it again would not help."""

    passing = False


class TooLarge(torch.OutOfMemoryError):
    """A request that needs more memory, time or room than the service has: half of it may fit.

    It is a kind of the error that a local GPU raises, so that both are handled in the same way.
    """


class NotDeployed(Exception):  # noqa: N818
    """The service does not have the model, or could not start it."""


class OtherVersions(Exception):  # noqa: N818
    """The versions of the service and of this client do not fit together."""


def fault(message: str) -> Exception:
    """Return the exception for a failed job's message.

    NDIF sends a traceback if our block failed, and a plain sentence if the service itself did.
    """
    reason = last_line(message)
    if any(sign in message for sign in _OUT_OF_MEMORY) or _OVER_TIME in message:
        return TooLarge(reason)
    if "Traceback (most recent call last)" in message:
        return BlockFailed(reason)
    if any(sign in message for sign in _OTHER_VERSIONS):
        return OtherVersions(reason)
    if any(sign in message for sign in _DEPLOYING):
        return NotDeployed(reason)
    # Evicted, cancelled or restarted: the service is at fault, and the request can be sent again.
    return Lost(reason)


def last_line(message: str) -> str:
    """Return the line of a message that says most: a traceback's last, or else the first."""
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    if not lines:
        return "no reason given"
    traceback = any(line.startswith("Traceback") for line in lines)
    line = (lines[-1] if traceback else lines[0]).rstrip(".")
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"
