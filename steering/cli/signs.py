"""Signs: what a terminal is shown in place of the signs that its encoding lacks."""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import TextIO

HANDLER = "steering.spelt"
# A minus that were shown as a question mark would turn a number's sign into a riddle.
_SPELT = {"−": "-", "–": "-", "—": "-", "→": "->", "×": "x", "±": "+-", "≤": "<=", "≥": ">="}
_SPELT |= {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "•": "*",
    "…": "...",
    "λ": "lambda",
    "α": "alpha",
}


def spelt(sign: str) -> str:
    """Return a sign in ASCII; a question mark for one that has no such spelling."""
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return _SPELT.get(sign) or plain or "?"


def spell_out(stream: TextIO) -> None:
    """Let a stream spell what it cannot encode, instead of ending in an error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=HANDLER)


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spelt, error.object[error.start : error.end])), error.end


codecs.register_error(HANDLER, _spelt)
