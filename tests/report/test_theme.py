"""What a bound book does without is gone, nothing asks for it, and the part beside is named."""

from __future__ import annotations

from pathlib import Path

from steering.report.theme import mend_theme

PAGE = """<head><link rel="stylesheet" href="_static/sphinx-thebe.css?v=1" />
<link rel="stylesheet" href="_static/steering.css" />
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="searchindex.js"></script><script>kept = "fontawesome.js"</script>
<script src="_static/doctools.js"></script></head>
<div id="pst-primary-sidebar" class="x"></div>
<div role="list" class="citation-list"></div>
<a href="search.html">searchindex.js</a>"""


def test_a_page_loads_only_what_it_needs(tmp_path: Path) -> None:
    for name in ("a/b/page.html", "_static/template.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(PAGE)
    unused = ["scripts/fontawesome.js", "scripts/bootstrap.js.map", "locales/de/a.mo"]
    for name in [*unused, "scripts/bootstrap.js", "searchtools.js"]:
        (tmp_path / "_static" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_static" / name).write_text("")
    mend_theme(tmp_path)
    page = (tmp_path / "a" / "b" / "page.html").read_text()
    assert page.count("<script") == 2
    assert page.count("<link") == 1
    for kept in ("steering.css", 'kept = "fontawesome.js"', "doctools.js", ">searchindex.js</a>"):
        assert kept in page
    assert '<div id="pst-primary-sidebar" role="complementary" aria-label="The book" class' in page
    assert 'role="list"' not in page
    assert '<div class="citation-list">' in page
    assert (tmp_path / "_static" / "template.html").read_text() == PAGE
    left = {file.name for file in (tmp_path / "_static").rglob("*")}
    assert left == {"template.html", "scripts", "bootstrap.js"}
