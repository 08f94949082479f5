"""How soon a page can be read and what a book weighs, on books that are made for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from experiments.page_time import readable_seconds, weights

PAGE = "<!doctype html><html><head>{}</head><body><p>Read me.</p></body></html>"


def test_a_book_is_weighed_without_its_downloads(tmp_path: Path) -> None:
    for name, size in (
        ("index.html", 10),
        ("a/long.html", 30),
        ("_static/a.css", 5),
        ("_downloads/1/a.csv", 1000),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    assert weights(tmp_path) == {
        "book_bytes": 45,
        "downloads_bytes": 1000,
        "heaviest_page": "a/long.html",
        "heaviest_page_bytes": 30,
        "pages": 2,
    }


@pytest.mark.browser
def test_a_page_is_read_later_where_a_script_comes_first(browser: Browser, tmp_path: Path) -> None:
    busy = "<script>for (const began = Date.now(); Date.now() < began + 400;);</script>"
    (tmp_path / "plain.html").write_text(PAGE.format(""))
    (tmp_path / "busy.html").write_text(PAGE.format(busy))
    plain = readable_seconds(browser, tmp_path / "plain.html", 2)
    slow = readable_seconds(browser, tmp_path / "busy.html", 2)
    assert len(plain) == 2
    assert min(slow) >= 0.4
    assert 0 < min(plain) < min(slow)
