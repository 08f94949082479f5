"""Every page of a built book, opened from disk in a browser, as wide as a desk and as a phone."""

from __future__ import annotations

import json
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from steering.figures.explorer_link import PAGE
from tests.support import miniature

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "support" / "look.js").read_text(encoding="utf-8")
AXE = Axe()
DESK, PHONE = 1280, 390  # pixels
SCREEN = 800  # pixels
LONGEST = {"index": 3.4, "concepts/tidy": 4.0, "concepts/frugal": 4.0}  # screens, as first seen
HEAVIEST_PAGE, HEAVIEST_BOOK = 1_500_000, 60_000_000  # bytes; the book without its downloads


def opened(page: Page, path: Path, *, thorough: bool) -> tuple[list[str], dict]:
    """What is wrong with a page that was loaded, and what was seen on it."""
    wrong: list[str] = []
    listeners = {
        "console": lambda said: wrong.append(said.text) if said.type == "error" else None,
        "pageerror": lambda error: wrong.append(str(error)),
        "requestfailed": lambda request: wrong.append(f"failed: {request.url[:100]}"),
        "request": lambda request: (
            None
            if request.url.startswith(("file:", "data:", "blob:"))
            else wrong.append(f"outside: {request.url}")
        ),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(path.as_uri())
    seen = page.evaluate(LOOK)
    seen["hard"] = hard_to_reach(page) if thorough else []
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return wrong, seen


def hard_to_reach(page: Page) -> list[str]:
    """What axe-core holds against a page, where it is serious: the rule, and an element.

    Pictures are looked at as far as they lead elsewhere, which spares axe-core thousands of lines.
    How well text is seen is known already (look.js), in pictures too.
    """
    page.evaluate(
        """document.querySelectorAll("figure svg :not(a, a *, g)").forEach((one) => one.remove())"""
    )
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
    page.evaluate(AXE.axe_script)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:100]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def faults(path: Path, wrong: list[str], seen: dict, *, phone: bool = False) -> list[str]:
    captions = [text or "" for text in seen["captions"]]
    sizes = seen["sizes"]
    checks = {
        "no heading": not seen["headings"] and path.name not in ("genindex.html", "search.html"),
        f"missing pictures {seen['broken']}": seen["broken"],
        "pictures without a text": seen["unnamed"] + seen["unsaid"],
        "figures that are seen twice or not at all": seen["shown"],
        f"type too small for a phone: {seen['small']}": seen["small"] and phone,
        f"text that is hard to see: {seen['faint']}": seen["faint"],
        f"what is hard to reach: {seen['hard']}": seen["hard"],
        f"a heading as large as the one above it: {sizes}": any(
            above[0] <= below[0] or above[1] < below[1] for above, below in pairwise(sizes)
        ),
        "figures without a caption": not all(captions),
        "captions without n": not all("n:" in text for text in captions),
        "captions without interval": not all("Interval:" in text for text in captions),
        "the name of a type in place of a text": "<IPython.core" in unescape(path.read_text()),
        "formulas not typeset": seen["typeset"] < seen["formulas"],
        "tables that cannot be scrolled by themselves": seen["loose"],
        # On a phone they are scrolled, on a desk there is room for all of them.
        f"tables cut off: {seen['clipped']}": seen["clipped"] and not phone,
        f"wider than the window by {seen['wide']} pixels": seen["wide"] > 0,
    }
    return wrong + [fault for fault, there in checks.items() if there]


@cache
def all_opened(browser: Browser, width: int, scheme: str) -> dict[Path, tuple[list[str], dict]]:
    """What is wrong with each page, and what was seen on it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    # What axe-core asks does not hang on how width and colours go together.
    thorough = (width > PHONE) == (scheme == "light")
    found = {path: opened(page, path, thorough=thorough) for path in miniature.pages()}
    context.close()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_every_page_is_whole(browser: Browser, width: int, scheme: str) -> None:
    found = all_opened(browser, width, scheme)
    wrong = {
        str(path.relative_to(miniature.html())): faults(path, *seen, phone=width <= PHONE)
        for path, seen in found.items()
    }
    assert {name: said for name, said in wrong.items() if said} == {}
    assert sum(len(seen["captions"]) for _, seen in found.values()) >= 15
    assert sum(seen["formulas"] for _, seen in found.values()) >= 3


def test_every_link_inside_the_book_leads_somewhere(browser: Browser) -> None:
    seen = {path: there for path, (_, there) in all_opened(browser, DESK, "light").items()}
    # What the explorer knows: measured runs, and those that come with the project.
    index = (miniature.html() / "_static" / "explore" / "index.js").read_text(encoding="utf-8")
    sets = json.loads(index.removeprefix("explorerSets(").removesuffix(");\n"))
    runs = {(one["model"], one["concept"]) for one in sets}
    dead = []
    assert sum(there["downloads"] for there in seen.values()) >= 10
    for path, there in seen.items():
        for link in there["links"]:
            parts = urlsplit(link)
            target = Path(unquote(parts.path))
            if parts.scheme != "file":
                continue
            if not target.is_file():
                dead.append(f"{path.name}: {link}")
            elif target.name == PAGE and "=" in parts.fragment:
                asked = parse_qs(parts.fragment, strict_parsing=True)
                if not runs.issuperset(zip(asked["model"], asked["concept"], strict=True)):
                    dead.append(f"{path.name}: {link}")
            elif parts.fragment and target in seen:
                anchors = seen[target]["anchors"]
                if unquote(parts.fragment) not in anchors:
                    dead.append(f"{path.name}: {link}")
    assert dead == []


def test_a_dot_of_a_figure_opens_its_question_in_the_explorer(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((miniature.html() / "models" / "wren" / "variability.html").as_uri())
    dot = page.locator(".steering-figure a[href*='item=']").first
    asked = parse_qs(urlsplit(dot.get_attribute("href") or "").fragment)
    dot.dispatch_event("click")
    page.wait_for_selector("#explorer .curves svg")
    heading = page.text_content("#explorer h2") or ""
    assert heading.startswith(f"Question {asked['item'][0]} of ")
    assert page.locator("#explorer .token.steered").count() == 1
    page.close()


def test_search_works_from_disk(browser: Browser) -> None:
    page = browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    hits = page.locator("ol.search > li > a")
    for asked in ("anti-steerable", "random vectors", "propensity"):
        page.goto(f"{(miniature.html() / 'search.html').as_uri()}?q={asked.replace(' ', '+')}")
        hits.first.wait_for()
        found = [str(hit.get_attribute("href")) for hit in hits.all()]
        assert found[0].startswith("reading.html#")
        assert len({one.partition("#")[0] for one in found}) == len(found) >= 2
        assert asked[:4] in page.locator("ol.search mark").first.inner_text().lower()
    page.locator(".bd-search-container input").fill("frugal")
    page.locator("role=status").get_by_text("frugal").wait_for()
    assert "frugal" in str(hits.first.get_attribute("href"))
    page.locator(".bd-search-container input").press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == hits.first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**frugal.html*")
    assert wrong == []
    page.close()


def test_pages_and_the_book_are_light() -> None:
    html = miniature.html()
    heavy = {page.name: page.stat().st_size for page in miniature.pages()}
    assert {name: size for name, size in heavy.items() if size > HEAVIEST_PAGE} == {}
    files = [file for file in html.rglob("*") if file.is_file()]
    shown = [file for file in files if "_downloads" not in file.relative_to(html).parts]
    assert sum(file.stat().st_size for file in shown) <= HEAVIEST_BOOK
    loaded = [file for file in shown if file.suffix in (".js", ".css", ".woff", ".woff2", ".ttf")]
    assert not [file.name for file in loaded if "fontawesome.js" in file.name]


def test_the_first_page_and_those_of_concepts_are_short(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": DESK, "height": SCREEN})
    screens = {}
    for name in LONGEST:
        page.goto((miniature.html() / f"{name}.html").as_uri())
        screens[name] = page.evaluate("document.documentElement.scrollHeight") / SCREEN
    page.close()
    assert {name: long for name, long in screens.items() if long > LONGEST[name]} == {}


def test_a_link_into_what_is_folded_opens_it(browser: Browser) -> None:
    page = browser.new_page()
    place = (miniature.html() / "concepts" / "tidy.html").as_uri()
    page.goto(f"{place}#figure-settings")
    page.locator("#figure-settings").wait_for(state="visible")
    assert page.locator("#figure-layers").is_hidden()
    page.evaluate("location.hash = 'figure-layers'")
    page.locator("#figure-layers").wait_for(state="visible")
    page.close()


def test_on_paper_nothing_is_folded(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((miniature.html() / "concepts" / "tidy.html").as_uri())
    closed = "document.querySelectorAll('article details:not([open])').length"
    before = page.evaluate(closed)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before > 0
    page.emulate_media(media="print")
    assert page.locator("#figure-layers").is_visible(), "without a script as well"
    page.close()
