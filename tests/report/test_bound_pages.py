"""Pages as they are bound: links into the explorer, and no script of a server elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from steering.figures.concept_link import concept_address
from steering.figures.explorer_link import address, anchor
from steering.report.bound_pages import (
    concepts_from_here,
    explorer_from_here,
    page_of_search,
    setup,
    without_an_index,
    without_servers,
)

PLACE = address("wren", "tidy", 31)


class Sphinx:
    """What the extension asks of Sphinx, written down."""

    def __init__(self) -> None:
        self.connected: list[str] = []

    def connect(self, event: str, handler: Any, priority: int = 500) -> None:
        self.connected.append(f"{event} {handler.__name__} {priority}")


@pytest.mark.parametrize(
    ("page", "up"), [("index", ""), ("concepts/tidy", "../"), ("models/wren/said", "../../")]
)
@pytest.mark.parametrize(
    "written",
    [anchor("31", PLACE), f'<svg><a xlink:href="{PLACE}"></a></svg>', f"<a href='{PLACE}'>"],
)
def test_a_link_to_the_explorer_leads_there_from_every_folder(
    page: str, up: str, written: str
) -> None:
    context = {"body": written}
    explorer_from_here(None, page, "page.html", context, None)
    shown = context["body"]
    assert f"href={shown[shown.index('href=') + 5]}{up}explore.html#model=wren" in shown
    assert shown.replace(f"{up}explore.html#", "explore.html#") == written


def test_no_other_link_is_touched_and_pages_without_a_body_stand() -> None:
    other = '<a href="explore.html">all</a> <a href="../explore.html#x">x</a> explore.html#x'
    context: dict[str, Any] = {"body": other}
    explorer_from_here(None, "a/b", "page.html", context, None)
    assert context["body"] == other
    empty: dict[str, Any] = {}
    explorer_from_here(None, "genindex", "genindex.html", empty, None)
    assert empty == {}


@pytest.mark.parametrize(("page", "up"), [("across", ""), ("models/wren/said", "../../")])
def test_a_link_to_a_concept_leads_to_its_page_where_there_is_one(page: str, up: str) -> None:
    app = SimpleNamespace(
        env=SimpleNamespace(found_docs={"concepts/tidy", "concepts/mine & yours"})
    )
    named = ' aria-label="concept x"'
    titled = "<title>concept x</title>"
    for concept, there in (("tidy", True), ("mine & yours", True), ("frugal", False)):
        place = concept_address(concept)
        context = {"body": f'<svg><a href="{place}"{named}>{titled}</a></svg>'}
        concepts_from_here(app, page, "page.html", context, None)
        start = f'<a href="{up}{place}"{named}>{titled}' if there else "<a>"
        assert context["body"] == f"<svg>{start}</a></svg>"


def test_links_of_a_page_s_own_text_are_those_that_sphinx_made() -> None:
    text = '<a class="reference" href="concepts/tidy.html">tidy</a>'
    context: dict[str, Any] = {"body": text}
    app = SimpleNamespace(env=SimpleNamespace(found_docs={"concepts/tidy"}))
    concepts_from_here(app, "models/wren/said", "page.html", context, None)
    assert context["body"] == text
    empty: dict[str, Any] = {}
    concepts_from_here(app, "genindex", "genindex.html", empty, None)
    assert empty == {}


def test_the_script_that_would_run_code_elsewhere_is_taken_out() -> None:
    own = SimpleNamespace(filename="explorer.js")
    theirs = SimpleNamespace(filename="_static/sphinx-thebe.js")
    context = {"script_files": [own, theirs]}
    without_servers(None, "page", "page.html", context, None)
    assert context["script_files"] == [own]


def test_servers_are_taken_out_after_all_scripts_are_known() -> None:
    app = Sphinx()
    setup(app)
    assert app.connected == [
        "builder-inited without_an_index 500",
        "html-collect-pages page_of_search 500",
        "html-page-context explorer_from_here 500",
        "html-page-context concepts_from_here 500",
        "html-page-context without_servers 900",
    ]


def test_sphinx_makes_the_page_of_search_without_an_index() -> None:
    app = SimpleNamespace(builder=SimpleNamespace(search=True))
    without_an_index(app)
    assert app.builder.search is False
    assert [name for name, _, _ in page_of_search(app)] == ["search"]
