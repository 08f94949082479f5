"""A Sphinx extension: which scripts a page loads.

plotly is loaded on the pages that have an interactive figure, on no other. The script comes out of
the installed plotly package and is served from the book. It is deferred; the figure's data stand in
the page itself, so nothing is fetched and pages work opened from disk. Jupyter Book also puts a
script on every page that would run its code on a server elsewhere: that one is taken out.
"""

from __future__ import annotations

from typing import Any

from steering.report.interactive import MARK


def load_plotly(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    if MARK in context.get("body", ""):
        app.add_js_file("plotly/plotly.min.js", loading_method="defer")
        app.add_js_file("interactive.js", loading_method="defer")


def without_servers(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    def elsewhere(script: Any) -> bool:
        return "thebe" in f"{getattr(script, 'filename', script)} {vars(script)}".lower()

    context["script_files"] = [one for one in context["script_files"] if not elsewhere(one)]


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", load_plotly)
    app.connect("html-page-context", without_servers, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
