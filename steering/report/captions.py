"""Figures and their captions, from a notebook's cell to the book's page.

In a notebook, `show(figure, caption)` displays a figure and its caption under it. Before the
notebook is published, the caption becomes the figure's own (MyST-NB's `figure` metadata), so that
the page carries a real figure with a caption and an alternative text.
"""

from __future__ import annotations

import re
from typing import Any

import nbformat
from IPython.display import Markdown, display

CAPTION = "steering-caption"


def show(figure: Any, caption: str, *, name: str | None = None, summary: str | None = None) -> None:
    """Display a figure with its caption; `summary` is the text for readers who can't see it."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - the runner imports this module without it

    display(figure)
    display(Markdown(caption), metadata={CAPTION: {"name": name, "alt": summary or plain(caption)}})
    plt.close(figure)


def move_captions(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Each displayed caption becomes the metadata of the cell whose figure it describes."""
    for cell in notebook.cells:
        for output in list(cell.get("outputs", [])):
            details = output.get("metadata", {}).get(CAPTION)
            if details is None:
                continue
            figure = {"caption": output.data["text/markdown"], "align": "left"}
            if details["name"]:
                figure["name"] = details["name"]
            cell.metadata["mystnb"] = {
                "figure": figure,
                "image": {"alt": details["alt"], "classes": "steering-figure"},
            }
            cell.outputs.remove(output)
    return notebook


def plain(markdown: str) -> str:
    """A caption's first sentence without its marks: what a screen reader says of the figure."""
    text = re.sub(r"[*_`$\\]", "", markdown).strip()
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
