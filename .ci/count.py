"""Count a built book's pages and figures: `python .ci/count.py book/_build`.

Exit code 1 when a page of the contents is not there, when a page that a notebook made has no
figure, or when there is no page about a concept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml


class Figures(HTMLParser):
    """Counts the figures of one page: pictures and interactive ones alike."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count += tag == "figure"


def listed(contents: Any) -> Iterator[str]:
    """The pages that a table of contents names, without suffix."""
    if isinstance(contents, dict):
        yield from (str(contents[key]) for key in ("root", "file") if key in contents)
        contents = list(contents.values())
    if isinstance(contents, list):
        for part in contents:
            yield from listed(part)


def count(build: Path) -> tuple[dict[str, int], list[str]]:
    """Figures by page, and what is missing."""
    contents = yaml.safe_load((build / "source" / "_toc.yml").read_text())
    figures: dict[str, int] = {}
    missing = []
    for name in listed(contents):
        page = build / "html" / f"{name}.html"
        if not page.is_file():
            missing.append(f"{name}: no page")
            continue
        parser = Figures()
        parser.feed(page.read_text())
        figures[name] = parser.count
        if not parser.count and (build / "source" / f"{name}.ipynb").is_file():
            missing.append(f"{name}: no figure")
    if not any("/concepts/" in name for name in figures):
        missing.append("no page about a concept")
    return figures, missing


if __name__ == "__main__":
    figures, missing = count(Path(sys.argv[1]))
    print(f"{len(figures)} pages, {sum(figures.values())} figures")
    print(*missing, sep="\n", file=sys.stderr, end="\n" if missing else "")
    sys.exit(1 if missing else 0)
