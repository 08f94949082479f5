"""Scripts of a page: plotly only where it is used, and none of a server elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from steering.figures.interactive import MARK
from steering.report.interactive_pages import load_plotly, setup, without_servers


class Sphinx:
    """What the extension asks of Sphinx, written down."""

    def __init__(self) -> None:
        self.scripts: list[tuple[str, str]] = []
        self.connected: list[str] = []

    def add_js_file(self, name: str, loading_method: str) -> None:
        self.scripts.append((name, loading_method))

    def connect(self, event: str, handler: Any, priority: int = 500) -> None:
        self.connected.append(f"{event} {handler.__name__} {priority}")


@pytest.mark.parametrize(("body", "loaded"), [(f"<div {MARK}>", True), ("<p>words</p>", False)])
def test_plotly_is_loaded_where_there_is_a_chart(body: str, loaded: bool) -> None:
    app = Sphinx()
    load_plotly(app, "page", "page.html", {"body": body}, None)
    names = [name for name, _ in app.scripts]
    assert names == (["plotly/plotly.min.js", "interactive.js"] if loaded else [])
    assert all(method == "defer" for _, method in app.scripts)


def test_the_script_that_would_run_code_elsewhere_is_taken_out() -> None:
    own = SimpleNamespace(filename="interactive.js")
    theirs = SimpleNamespace(filename="_static/sphinx-thebe.js")
    context = {"script_files": [own, theirs]}
    without_servers(None, "page", "page.html", context, None)
    assert context["script_files"] == [own]


def test_servers_are_taken_out_after_all_scripts_are_known() -> None:
    app = Sphinx()
    setup(app)
    assert app.connected == [
        "html-page-context load_plotly 500",
        "html-page-context without_servers 900",
    ]
