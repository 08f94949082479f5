"""The text of a bound book, for its own search, which also works from disk.

Sphinx's search fetches every page that it lists, which browsers refuse on pages opened from disk,
and does not read what cells of notebooks have shown. This one is a script with all the text. A
paragraph that many pages share is kept once. Where a page explains a word, the word leads there.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from steering.report.machine import cores_here

INDEX = "_static/search_index.js"
SCRIPT = "_static/search.js"
# The page that explains words: those in bold or in italics on it.
EXPLAINS = "reading.html"
# Made by Sphinx, and about no subject of the book's.
_NO_SUBJECT = {"search.html", "genindex.html"}
_SKIPPED = {"script", "style", "svg", "nav", "button", "template", "mjx-container", "pre"}
_EMPTY = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_BLOCKS = {"p", "li", "dt", "dd", "figcaption", "td", "th", "summary"}
_HEADINGS = {"h1", "h2", "h3", "h4"}
_LONGEST_WORD = 40  # characters of a term, above which what is stressed is a sentence
# A figure is much of a page, and its words are not searched: it is left out before it is read.
_DRAWN = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL)
_FORMULA = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]")
_OF_SPHINX = re.compile(r"\s*<script src=\"[^\"]*(searchtools|language_data|searchindex)\.js[^>]*>"
                        r"</script>")  # fmt: skip


@dataclass
class Section:
    """A heading with the blocks of text below it; `anchor` is where a link to it leads."""

    anchor: str
    heading: str = ""
    texts: list[str] = field(default_factory=list)


class PageText(HTMLParser):
    """The sections of a page's article, and the words that it stresses, each with its section."""

    def __init__(self) -> None:
        """Begin outside of any article."""
        super().__init__(convert_charrefs=True)
        self.sections: list[Section] = []
        self.stressed: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._anchors: list[str] = []
        self._text: list[str] = []
        self._term: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go one element deeper."""
        if not self._open and tag != "article":
            return
        if tag in _EMPTY:
            self._text.append(" ")
            return
        if tag in _BLOCKS | _HEADINGS:
            self._flush()
        self._open.append(tag)
        if tag == "section":
            self._anchors.append(dict(attrs).get("id") or "")
        if tag in _HEADINGS:
            self.sections.append(Section(self._anchors[-1] if self._anchors else ""))
        if tag in ("strong", "em"):
            self._term = []

    def handle_endtag(self, tag: str) -> None:
        """Come out of an element; what was left open within it is closed with it."""
        if tag not in self._open:
            return
        if tag in _HEADINGS and self.sections:
            self.sections[-1].heading = _plain(self._text).rstrip("#¶ ")
            self._text = []
        elif tag in _BLOCKS:
            self._flush()
        if tag in ("strong", "em") and (term := _plain(self._term).rstrip(".:,")):
            self.stressed.append((term, self.sections[-1].anchor if self.sections else ""))
        while self._open.pop() != tag:
            pass
        if tag == "section":
            self._flush()
            self._anchors.pop()

    def handle_data(self, data: str) -> None:
        """Take up text, unless it is code, a formula or a picture's."""
        if self._open and not _SKIPPED.intersection(self._open):
            self._text.append(data)
            self._term.append(data)

    def _flush(self) -> None:
        text = _FORMULA.sub("…", _plain(self._text))
        self._text = []
        # A bare number is found nowhere: there are too many of them.
        if self.sections and re.search(r"[^\W\d_]{2}", text):
            self.sections[-1].texts.append(text)


def page_text(page: Path) -> PageText:
    """Return the text of a bound page."""
    found, text = PageText(), page.read_text(encoding="utf-8")
    start, end = text.find("<article"), text.rfind("</article>")
    if start >= 0:
        found.feed(_DRAWN.sub("", text[start:end]))
    return found


def search_index(html: Path) -> str:
    """Return the script that holds the text of all pages of a book.

    It sets `steeringSearch` to `pages` (address, title, and sections as anchor, heading and numbers
    of blocks), `blocks` (texts) and `words` (each with the page and anchor that explain it).
    """
    numbers: dict[str, int] = {}
    pages, words = [], []
    of_subjects = _pages(html)
    with ProcessPoolExecutor(cores_here()) as readers:
        texts = readers.map(page_text, of_subjects.values())
    for place, found in zip(of_subjects, texts, strict=True):
        if not found.sections:
            continue
        sections = [
            [
                one.anchor,
                one.heading,
                [numbers.setdefault(text, len(numbers)) for text in one.texts],
            ]
            for one in found.sections
        ]
        pages.append([place, found.sections[0].heading, sections])
        if place == EXPLAINS:
            terms = dict(reversed(found.stressed))  # where a word first occurs it is explained
            words = [[term, place, at] for term, at in terms.items() if len(term) <= _LONGEST_WORD]
    held = {"pages": pages, "blocks": list(numbers), "words": words}
    return f"window.steeringSearch = {json.dumps(held, ensure_ascii=False)};\n"


def make_searchable(html: Path) -> None:
    """Write the index of a bound book, and let its page of search use it instead of Sphinx's."""
    (html / INDEX).write_text(search_index(html), encoding="utf-8")
    page = html / "search.html"
    text = _OF_SPHINX.sub("", page.read_text(encoding="utf-8"))
    scripts = "".join(f'<script defer src="{one}"></script>\n' for one in (INDEX, SCRIPT))
    page.write_text(text.replace("</head>", f"{scripts}</head>"), encoding="utf-8")


def _pages(html: Path) -> dict[str, Path]:
    """Return the pages of a book that are about a subject, by their address."""
    all_of_them = {page.relative_to(html).as_posix(): page for page in sorted(html.rglob("*.html"))}
    return {
        place: page
        for place, page in all_of_them.items()
        if not place.startswith("_static/") and place not in _NO_SUBJECT
    }


def _plain(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())
