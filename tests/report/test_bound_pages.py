"""Pages as they are bound: links into the explorer, and no script of a server elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from steering.figures.explorer_link import address, anchor
from steering.report.bound_pages import (
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
        "html-page-context without_servers 900",
    ]


def test_sphinx_makes_the_page_of_search_without_an_index() -> None:
    app = SimpleNamespace(builder=SimpleNamespace(search=True))
    without_an_index(app)
    assert app.builder.search is False
    assert [name for name, _, _ in page_of_search(app)] == ["search"]
