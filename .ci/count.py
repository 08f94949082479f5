"""Count a built book's pages and figures: `python .ci/count.py book/_build`.

Exit code 1 when a page of the contents is not there, when a page that a notebook made has no
figure (those of sentences alone need none), or when there is no page about a concept. With
`--ours`, also when a page that shows committed results of public sets does not say that the authors
measured them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

# Pages of sentences and tables alone.
WITHOUT_FIGURES = ("claims", "not_reproduced")


class Figures(HTMLParser):
    """Counts the figures of one page."""

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
        made = (build / "source" / f"{name}.ipynb").is_file() and name not in WITHOUT_FIGURES
        if not parser.count and made:
            missing.append(f"{name}: no figure")
    if not any(name.startswith("concepts/") for name in figures):
        missing.append("no page about a concept")
    return figures, missing


def unmarked(build: Path) -> list[str]:
    """Pages that show a committed run without saying so; or that there is no such run."""
    source = build / "source"
    concepts = json.loads((build / "report.json").read_text())["concepts"]
    kept = {name: entry["committed"] for name, entry in concepts.items() if "committed" in entry}
    ours = {model for runs in kept.values() for model in runs}
    if not kept:
        return ["nothing in this book is of a committed run"]
    shown = [source / "concepts" / f"{name}.ipynb" for name in kept]
    shown = [notebook for notebook in shown if notebook.is_file()]
    shown += [source / "index.ipynb", source / "across.ipynb"]
    # Nothing is planted in public sets.
    about = [one for one in source.glob("models/*/*.ipynb") if one.stem != "validation"]
    shown += [notebook for notebook in about if notebook.parent.name in ours]
    wrong = []
    for notebook in shown:
        name = str(notebook.relative_to(source).with_suffix(""))
        if "Measured by the authors" not in (build / "html" / f"{name}.html").read_text():
            wrong.append(f"{name}: does not say that the authors measured it")
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("--ours", action="store_true", help="committed runs are shown, and marked")
    asked = parser.parse_args()
    figures, missing = count(asked.build)
    missing += unmarked(asked.build) if asked.ours else []
    print(f"{len(figures)} pages, {sum(figures.values())} figures")
    print(*missing, sep="\n", file=sys.stderr, end="\n" if missing else "")
    sys.exit(1 if missing else 0)
