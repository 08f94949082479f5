"""How soon the book can be read from disk, and how much of it there is: `make page-time`.

The book in `book/_build/html` is opened in a headless Chromium that has not opened it before. A
page can be read when the browser has drawn its text (its first contentful paint) and has parsed all
of it. Let nothing else run on the machine.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from steering.clone import book_folder, measured_folder
from steering.source import files_hash
from steering.storage import write_json

FIRST = "index.html"
ROUNDS = 7
DESK = {"width": 1280, "height": 900}
_READABLE = """async () => {
  const drawn = () => performance.getEntriesByName("first-contentful-paint")[0];
  while (!drawn()) await new Promise((then) => setTimeout(then, 5));
  return Math.max(drawn().startTime, performance.getEntriesByType("navigation")[0].domInteractive);
}"""


def readable_seconds(browser: Browser, page: Path, rounds: int = ROUNDS) -> list[float]:
    """Return after how many seconds a page could be read, each time without anything in memory."""
    seconds = []
    for _ in range(rounds):
        context = browser.new_context(viewport=DESK)  # type: ignore[arg-type] # a viewport
        opened = context.new_page()
        opened.goto(page.as_uri())
        seconds.append(opened.evaluate(_READABLE) / 1000)
        context.close()
    return seconds


def weights(html: Path) -> dict[str, Any]:
    """Return the bytes of the book without its downloads, of these, and of the heaviest page."""
    files = {file: file.stat().st_size for file in html.rglob("*") if file.is_file()}
    offered = [size for file, size in files.items() if "_downloads" in file.parts]
    pages = {file.relative_to(html): size for file, size in files.items() if file.suffix == ".html"}
    heaviest = max(pages, key=lambda page: pages[page])
    return {
        "book_bytes": sum(files.values()) - sum(offered),
        "downloads_bytes": sum(offered),
        "heaviest_page": heaviest.as_posix(),
        "heaviest_page_bytes": pages[heaviest],
        "pages": len(pages),
    }


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a headless Chromium: $CHROMIUM, one on the PATH, or playwright's own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    # A browser that runs as root, as in a container, refuses to start with its sandbox.
    sandbox = not hasattr(os, "geteuid") or os.geteuid() != 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=sandbox)
        yield browser
        browser.close()


def measured(html: Path) -> dict[str, Any]:
    """Return how soon the first page of a book can be read, and how much the book weighs."""
    code = files_hash([Path(__file__)])
    with chromium() as browser:
        seconds = readable_seconds(browser, html / FIRST)
        versions = {"chromium": browser.version, "playwright": version("playwright")}
    return {
        "about": "the first page of the default book, opened from disk by a browser new to it",
        "code": code,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": platform.machine(),
        "readable_seconds": round(statistics.median(seconds), 3),
        "readable_seconds_longest": round(max(seconds), 3),
        "rounds": len(seconds),
        "versions": versions,
        **weights(html),
    }


if __name__ == "__main__":
    book = book_folder() / "_build" / "html"
    if not (book / FIRST).is_file():
        sys.exit(f"{book / FIRST} is not there: `make book` makes it.")
    print(write_json(measured(book), measured_folder() / "page-time.json"))
