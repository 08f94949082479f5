"""What a page says of itself where somebody links to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from docutils.core import publish_doctree

from steering.report.cited_pages import PICTURE, cited, described, metatags
from tests.report.test_citation import ABOUT

LONG = publish_doctree("Title\n=====\n\n" + "many words " * 60)


def test_a_description_is_the_first_paragraph_cut_at_a_word() -> None:
    text = described(LONG)
    assert len(text) <= 203
    assert text.startswith("many words")
    assert text.removesuffix(" …").endswith(("many", "words"))
    assert described(publish_doctree("")) == ""


def test_addresses_are_whole_where_the_books_is_known() -> None:
    tags = metatags("T & Co", "What", "models/wren/variability", ABOUT)
    assert f'<meta property="og:image" content="https://example.org/{PICTURE}">' in tags
    assert 'content="https://example.org/models/wren/variability.html"' in tags
    assert 'property="og:title" content="T &amp; Co"' in tags
    assert 'name="twitter:card"' in tags
    nowhere = SimpleNamespace(**{**vars(ABOUT), "url": ""})
    local: Any = nowhere
    assert f'content="../../{PICTURE}"' in metatags("T", "What", "models/wren/variability", local)
    assert "og:url" not in metatags("T", "What", "index", local)


def test_a_page_is_filled_in_and_one_without_text_is_left_alone() -> None:
    app = SimpleNamespace(steering_citation=ABOUT)
    context = {"body": "commit @@commit@@", "title": "T", "metatags": "<meta>"}
    cited(app, "index", "page.html", context, LONG)
    assert context["body"] == "commit abc"
    assert context["metatags"].startswith("<meta>")
    assert "og:description" in context["metatags"]
    bare: dict[str, str] = {}
    cited(app, "search", "search.html", bare, None)
    assert bare == {}
