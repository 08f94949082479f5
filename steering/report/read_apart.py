"""A Sphinx extension: several processes read the pages of the book at once.

Sphinx does so only where every extension says that it may. Two that come with Jupyter Book say
nothing. Neither keeps anything from one page to the next: sphinx_multitoc_numbering numbers
chapters once all pages are read, and sphinx_jupyterbook_latex changes what is written as LaTeX.
"""

from __future__ import annotations

from typing import Any

SILENT = ("sphinx_jupyterbook_latex", "sphinx_multitoc_numbering")


def allow(app: Any) -> None:
    """Let the extensions that say nothing be loaded where pages are read at once."""
    for name in SILENT:
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", allow)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
