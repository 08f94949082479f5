"""A Sphinx extension that finishes pages while the book is bound.

Links of figures into the explorer, and to the pages of concepts, are written as seen from the
book's first folder; on a page in a deeper folder they get the way up. One to a concept without a
page is taken away. Jupyter Book puts a script on every page that would run code on a server
elsewhere; it is removed, so that nothing leaves the reader's machine. The book has a search of its
own (`report.search_index`): Sphinx makes the page of it, but no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from steering.figures.concept_link import CONCEPT_PLACE
from steering.figures.explorer_link import EXPLORE_PLACE

# Also `xlink:href`, which figures that are drawn as SVG may use.
_LINK = re.compile(rf'(\bhref=["\']){re.escape(EXPLORE_PLACE)}')
# In a figure alone, where a link begins with a title: those of a page's text Sphinx has made.
_CONCEPT = re.compile(
    rf'<a href="(?P<page>{CONCEPT_PLACE}[^"/#]+)\.html"(?P<rest>[^>]*>\s*<title>[^<]*</title>)'
)


def explorer_from_here(
    app: Any, pagename: str, templatename: str, context: Any, doctree: Any
) -> None:
    """Make the links of a page's body lead to the explorer from the folder of that page."""
    if body := context.get("body"):
        up = "../" * pagename.count("/")
        context["body"] = _LINK.sub(rf"\g<1>{up}{EXPLORE_PLACE}", body)


def concepts_from_here(
    app: Any, pagename: str, templatename: str, context: Any, doctree: Any
) -> None:
    """Make the links of figures lead to the pages of concepts; those without a page lose theirs."""
    up, pages = "../" * pagename.count("/"), app.env.found_docs

    def placed(link: re.Match[str]) -> str:
        there = unquote(link["page"]) in pages
        return f'<a href="{up}{link["page"]}.html"{link["rest"]}' if there else "<a>"

    if body := context.get("body"):
        context["body"] = _CONCEPT.sub(placed, body)


def without_servers(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    def elsewhere(script: Any) -> bool:
        return "thebe" in f"{getattr(script, 'filename', script)} {vars(script)}".lower()

    context["script_files"] = [one for one in context["script_files"] if not elsewhere(one)]


def without_an_index(app: Any) -> None:
    """Keep Sphinx from collecting words."""
    app.builder.search = False


def page_of_search(app: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page of search, which Sphinx makes only along with its index."""
    yield "search", {}, "search.html"


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", without_an_index)
    app.connect("html-collect-pages", page_of_search)
    app.connect("html-page-context", explorer_from_here)
    app.connect("html-page-context", concepts_from_here)
    app.connect("html-page-context", without_servers, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
