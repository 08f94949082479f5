"""A Sphinx extension: how to cite, and what a page says of itself where somebody links to it."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes

from steering.report.citation import Citation, citation, filled

PICTURE = "_static/social.png"
LONGEST = 200  # characters of a description


def cited(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Fill in the marks of a page's body, and give its head a title, a description, a picture."""
    about = about_this(app)
    if body := context.get("body"):
        context["body"] = filled(body, about)
    if doctree is not None:
        tags = metatags(str(context.get("title", "")), described(doctree), pagename, about)
        context["metatags"] = context.get("metatags", "") + tags


def about_this(app: Any) -> Citation:
    """Return how this report is cited; it is asked once for all pages."""
    if not hasattr(app, "steering_citation"):
        app.steering_citation = citation()
    return app.steering_citation


def described(doctree: nodes.document) -> str:
    """Return the first paragraph of a page as one line, cut at a word if it is long."""
    first = next((node.astext() for node in doctree.findall(nodes.paragraph)), "")
    text = " ".join(first.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]} …"


def metatags(title: str, description: str, page: str, about: Citation) -> str:
    """Return the tags that other sites read: title, description, picture, address if it is known.

    The picture's address must be whole, so without the book's address there is only the name that
    it has beside the page.
    """
    up = about.url or "../" * page.count("/")
    named = {"og:title": title, "og:description": description, "og:type": "article"}
    named |= {"og:site_name": about.title, "og:image": f"{up}{PICTURE}"}
    if about.url:
        named["og:url"] = f"{about.url}{page}.html"
    cards = {"description": description, "twitter:card": "summary_large_image"}
    tags = [f'<meta property="{name}" content="{escape(value)}">' for name, value in named.items()]
    tags += [f'<meta name="{name}" content="{escape(value)}">' for name, value in cards.items()]
    return "\n".join(tags)


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", cited)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
