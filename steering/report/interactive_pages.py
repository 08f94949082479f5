"""A Sphinx extension: plotly is loaded on the pages that have an interactive figure, on no other.

The script comes out of the installed plotly package and is served from the book. It is deferred;
the figure's data stand in the page itself, so nothing is fetched and pages work opened from disk.
"""

from __future__ import annotations

from typing import Any

from steering.report.interactive import MARK


def load_plotly(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    if MARK in context.get("body", ""):
        app.add_js_file("plotly/plotly.min.js", loading_method="defer")
        app.add_js_file("interactive.js", loading_method="defer")


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", load_plotly)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
