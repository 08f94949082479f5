"""The search of a bound book: what it holds of each page, and that Sphinx's own is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steering.report.search_index import INDEX, SCRIPT, make_searchable, page_text, search_index

PAGE = """<html><head><title>T</title></head><body><nav>elsewhere</nav><main><article>
<section id="one"><h1>First &amp; last<a class="headerlink" href="#one">#</a></h1>
<p>A <strong>gate</strong> opens, where \\(x &lt; 1\\) holds<br>always.</p><p>0.25</p>
<figure><svg><text>drawn</text></svg><figcaption>It falls. <em>n</em>: 3.</figcaption></figure>
<section id="two"><h2>Second</h2><ul><li>an item</li></ul>
<table><tr><td>cell</td><td>1.5</td></tr></table><pre>code()</pre><script>ran()</script>
</section></section></article></main><footer><p>foot</p></footer></body></html>"""


@pytest.fixture
def html(tmp_path: Path) -> Path:
    (tmp_path / "_static").mkdir()
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts" / "tidy.html").write_text(PAGE)
    (tmp_path / "reading.html").write_text(PAGE)
    (tmp_path / "_static" / "macros.html").write_text(PAGE)
    (tmp_path / "search.html").write_text(
        '<html><head><script src="_static/searchtools.js?v=1"></script>\n'
        '<script src="_static/doctools.js"></script></head><body></body></html>'
    )
    return tmp_path


def held(html: Path) -> Any:
    script = search_index(html)
    assert script.startswith("window.steeringSearch = ")
    return json.loads(script.removeprefix("window.steeringSearch = ").rstrip(";\n"))


def test_a_page_is_its_headings_with_the_text_below_them(html: Path) -> None:
    first, second = page_text(html / "reading.html").sections
    assert (first.anchor, first.heading) == ("one", "First & last")
    assert first.texts == ["A gate opens, where … holds always.", "It falls. n: 3."]
    assert (second.anchor, second.heading) == ("two", "Second")
    assert second.texts == ["an item", "cell"]


def test_what_pages_share_is_kept_once(html: Path) -> None:
    index = held(html)
    assert [page[:2] for page in index["pages"]] == [
        ["concepts/tidy.html", "First & last"],
        ["reading.html", "First & last"],
    ]
    one, other = (page[2] for page in index["pages"])
    assert one == other
    assert len(index["blocks"]) == len(set(index["blocks"])) == 4
    assert index["blocks"][one[1][2][0]] == "an item"


def test_the_page_on_reading_explains_what_it_stresses(html: Path) -> None:
    assert ["gate", "reading.html", "one"] in held(html)["words"]
    (html / "reading.html").unlink()
    assert held(html)["words"] == []


def test_sphinxs_search_gives_way(html: Path) -> None:
    make_searchable(html)
    page = (html / "search.html").read_text()
    assert "searchtools" not in page
    assert "doctools" in page
    assert page.index(INDEX) < page.index(SCRIPT) < page.index("</head>")
    assert (html / INDEX).read_text() == search_index(html)
