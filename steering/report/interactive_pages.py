"""A Sphinx extension that decides which scripts a page loads.

Only pages with an interactive figure load plotly. The script is that of the installed package, and
the figure's data are part of the page. So nothing is fetched from elsewhere, and pages also work
when opened from disk. Jupyter Book puts a script on every page that would run code on a server
elsewhere; it is removed.
"""

from __future__ import annotations

from typing import Any

from steering.figures.interactive import MARK


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
