"""What the theme of a bound book leaves to be done: it is heavy, and parts have wrong names."""

from __future__ import annotations

import re
from pathlib import Path

# Icons are drawn by a font too, at a tenth of the size of the script that draws them again. The
# search of Sphinx is not used; nor are maps for debuggers, fonts in a second form, icons of
# companies, other languages, and the script that would run code on a server.
UNUSED = (
    "_static/**/*.map",
    "_static/scripts/fontawesome.js*",
    "_static/**/*.ttf",
    "_static/**/fa-brands-400.woff2",
    "_static/locales/**/*",
    "_static/searchtools.js",
    "_static/language_data.js",
    "_static/sphinx-thebe.*",
    "_static/webpack-macros.html",
    "searchindex.js",
    "objects.inv",
)
_TAGS = re.compile(
    r"<(?:script|link)\b[^>]*\b(?:src|href)=\"[^\"]*"
    r"(?:fontawesome\.js|searchtools\.js|language_data\.js|searchindex\.js|sphinx-thebe\.css)"
    r"[^>]*>(?:</script>)?"
)


# A reader's software leaps from one named part of a page to the next.
_SIDEBAR = '<div id="pst-primary-sidebar" '
_NAMED_SIDEBAR = f'{_SIDEBAR}role="complementary" aria-label="The book" '
# Works that are cited are entries of a bibliography, which a list may not have for its items.
_LIST_OF_WORKS, _WORKS = '<div role="list" class="citation-list">', '<div class="citation-list">'


def mend_theme(html: Path) -> None:
    """Take out of a bound book what no page needs, and name the part beside the text.

    What would load the former is taken out of every page.
    """
    for page in html.rglob("*.html"):
        if "_static" in page.relative_to(html).parts:
            continue
        # With the blanks before them, which the pattern would try at every blank of the page.
        *before, last = _TAGS.split(page.read_text(encoding="utf-8"))
        text = "".join([*(part.rstrip() for part in before), last])
        text = text.replace(_SIDEBAR, _NAMED_SIDEBAR).replace(_LIST_OF_WORKS, _WORKS)
        page.write_text(text, encoding="utf-8")
    for pattern in UNUSED:
        for file in html.glob(pattern):
            if file.is_file():
                file.unlink()
    for folder in sorted((html / "_static").rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
