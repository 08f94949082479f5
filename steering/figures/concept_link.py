"""Addresses of the pages about concepts: from a mark or a name in a figure to that concept.

An address is written as seen from the book's first folder, as those into the explorer are. When
the book is bound, `steering.report.bound_pages` gives it the way up, and takes it away where the
concept has no page.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

CONCEPT_PLACE = "concepts/"
_PAGE = re.compile(rf"{CONCEPT_PLACE}([^/\"'#?]+)\.html")


def concept_address(concept: str) -> str:
    """Return the address of the page about a concept, for `set_url` of its mark or name."""
    return f"{CONCEPT_PLACE}{quote(concept, safe='')}.html"


def concept_of(address: str) -> str:
    """Return the concept that an address leads to, an empty text where it leads elsewhere."""
    page = _PAGE.fullmatch(address)
    return unquote(page[1]) if page else ""
