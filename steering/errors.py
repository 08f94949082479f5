"""The exceptions by which this package refuses bad input, or reports that a service is silent."""

from typing import ClassVar


class Refused(Exception):  # noqa: N818 - it is no fault of the program, it is an answer
    """Bad input, said in one sentence that names the thing, the value and what is allowed.

    The command line prints the sentence and exits with code 2; nothing is left half-written.
    `passing` says whether the same command may well go on later, with nothing changed.
    """

    passing: ClassVar[bool] = False


class Unwritable(Refused):
    """A file that could not be written, for want of room or of a permission.

    What it was to hold is at no fault: the same is asked for again once there is room.
    """


class Interrupted(Refused):
    """No answer for now: what was measured so far is kept, and the same command goes on from it."""

    passing = True


class Pending(Interrupted):
    """No answer yet: the requests are with a service, and `steering collect` asks after them."""
