"""Sentences, tables and figures that a page keeps behind one line until a reader opens it."""

from __future__ import annotations

from html import escape
from typing import Any

from IPython.display import Markdown

from steering.prose.words import markdown


def folded(title: str, *parts: Any) -> Markdown:
    """Return Markdown that shows `title`, and the parts one below the other when it is opened.

    A part is a text, what a notebook displays as Markdown (a table), or as HTML (a figure with its
    caption); empty ones are left out. Without any part the Markdown is empty.
    """
    texts = [text for text in map(_text, parts) if text]
    if not texts:
        return markdown("")
    inside = "\n\n".join(texts)
    summary = f"<summary>{escape(title)}</summary>"
    return markdown(f'<details class="folded">{summary}\n\n{inside}\n\n</details>')


def _text(part: Any) -> str:
    """Return a part as Markdown; HTML is one block of it, which a blank line would end."""
    if part is None:
        return ""
    if isinstance(part, str):
        return part.strip()
    if isinstance(part, Markdown):
        return str(part.data).strip()
    lines = str(part._repr_html_()).splitlines()
    return "\n".join(line for line in lines if line.strip())
