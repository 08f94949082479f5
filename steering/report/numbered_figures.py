"""A Sphinx extension that numbers the figures of a page, so that each can be cited and found.

A figure's number is its place on its page, and a link to itself: its address is what one cites. A
second link leads to the numbers that it was drawn from, in the page's own section of downloads.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sphinx.util import logging

FIGURE = re.compile(r'<figure class="steering-figure"([^>]*)>(.*?)</figure>', re.DOTALL)
ANCHOR = re.compile(r' id="([^"]*)"')
FOLDED = '<details class="how-to-read">'
DATA = "data-and-notebook"  # what Sphinx makes of the heading "Data and notebook"

logger = logging.getLogger(__name__)


def numbered(body: str, repeated: Callable[[str], None]) -> str:
    """Return a page's body with a number and links in each figure's caption.

    `repeated` is called with an anchor that two figures of the page share. A figure without a name
    has its number as its anchor.
    """
    data = f' <a class="figure-data" href="#{DATA}">data</a>' if f'id="{DATA}"' in body else ""
    anchors: list[str] = []

    def with_number(figure: re.Match[str]) -> str:
        number = len(anchors) + 1
        said = ANCHOR.search(figure[1])
        anchor = said[1] if said else f"figure-{number}"
        if anchor in anchors:
            repeated(anchor)
        anchors.append(anchor)
        start = figure[0] if said else figure[0].replace("<figure ", f'<figure id="{anchor}" ', 1)
        link = (
            f'<a class="figure-number" href="#{anchor}" title="Link to this figure, to cite it">'
            f"Figure {number}</a> "
        )
        captioned = start.replace("<figcaption>", f"<figcaption>{link}", 1)
        # Of a brief caption it stands before what is folded.
        if FOLDED in captioned:
            return captioned.replace(FOLDED, f"{data} {FOLDED}".lstrip(), 1)
        return captioned.replace("</figcaption>", f"{data}</figcaption>", 1)

    return FIGURE.sub(with_number, body)


def number_figures(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Number the figures of a page; two with one name are a warning, which stops the book."""
    if body := context.get("body"):
        context["body"] = numbered(
            body, lambda anchor: logger.warning("%s: two figures are named %s", pagename, anchor)
        )


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", number_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
