"""Faults: what can go wrong with a service, told apart by what may be done about each."""

from __future__ import annotations

import torch

from steering.errors import Interrupted

_DEPLOYING = ("Could not deploy this model", "Error provisioning model", "Error starting model")
_OTHER_VERSIONS = ("architecture on this server doesn't match", "payload could not be read")
_OVER_TIME = "exceeded the execution timeout"
_OUT_OF_MEMORY = ("OutOfMemoryError", "out of memory", "can't allocate memory")
_LONGEST = 300


class Unreachable(Exception):  # noqa: N818 - what it is, not that it is an error
    """Nobody answered, or the answer broke off; asking once more is safe."""


class Lost(Exception):  # noqa: N818
    """The service has a request or its result no longer; sending it once more is safe."""


class BlockFailed(Interrupted):
    """The block itself raised an error on the service: sending it again would not help."""


class TooLarge(torch.OutOfMemoryError):
    """A request that the service has not the memory, the time or the room for: half of it may do.

    It is what a GPU of one's own raises too, so that both are answered alike.
    """


class NotDeployed(Exception):  # noqa: N818
    """The service has no such model, or could not bring it up."""


class OtherVersions(Exception):  # noqa: N818
    """The two sides do not understand each other."""


def fault(said: str) -> Exception:
    """Return what a failed job's message means.

    A traceback is one of our block's, a sentence is the service's own: NDIF tells them apart so.
    """
    reason = last_line(said)
    if any(sign in said for sign in _OUT_OF_MEMORY) or _OVER_TIME in said:
        return TooLarge(reason)
    if "Traceback (most recent call last)" in said:
        return BlockFailed(reason)
    if any(sign in said for sign in _OTHER_VERSIONS):
        return OtherVersions(reason)
    if any(sign in said for sign in _DEPLOYING):
        return NotDeployed(reason)
    # Evicted, cancelled, restarted: the service is at fault, and the request as good as before.
    return Lost(reason)


def last_line(said: str) -> str:
    """Return what a message comes down to: an error's last line, or the first of a sentence."""
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    if not lines:
        return "no reason given"
    traceback = any(line.startswith("Traceback") for line in lines)
    line = (lines[-1] if traceback else lines[0]).rstrip(".")
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"
