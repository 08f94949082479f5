"""Every page of a built book, opened from disk in a browser, as wide as a desk and as a phone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.support import miniature

pytestmark = pytest.mark.browser

LOOK = """async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const caption = (element) => element.closest("figure")?.querySelector("figcaption")?.textContent;
  const pictures = all("article img");
  const figures = all("figure.steering-figure > svg").filter((one) => one.clientWidth);
  const box = (table) => {
    for (let one = table.parentElement; one.tagName !== "ARTICLE"; one = one.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(one).overflowX)) return one;
    return null;
  };
  const tables = all("article table");
  await Promise.all(pictures.map((image) => image.decode().catch(() => null)));
  return {
    headings: all("article h1").map((heading) => heading.textContent),
    broken: pictures.filter((image) => !image.naturalWidth).map((image) => image.src.slice(0, 80)),
    unnamed: pictures.filter((image) => !image.alt).length,
    captions: [...pictures, ...figures].map(caption),
    unsaid: figures.filter((one) => !one.getAttribute("aria-label")).length,
    shown: all("figure.steering-figure").filter((figure) => {
      const forms = [...figure.querySelectorAll(":scope > svg")];
      return forms.filter((one) => getComputedStyle(one).display !== "none").length !== 1;
    }).length,
    small: figures.flatMap((one) => {
      const scale = one.clientWidth / one.viewBox.baseVal.width;
      return [...one.querySelectorAll("text")]
        .filter((text) => parseFloat(getComputedStyle(text).fontSize) * scale < 10.9)
        .map((text) => text.textContent);
    }),
    formulas: all("article .math").length,
    typeset: all("article .math mjx-container").length,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    loose: tables.filter((table) => !box(table)).length,
    clipped: tables
      .filter((table) => box(table) && table.offsetWidth > box(table).clientWidth + 1)
      .map((table) => table.querySelector("th")?.textContent),
    anchors: all("[id]").map((element) => element.id),
    links: all("article a[href], nav a[href]").map((link) => link.href),
  };
}"""


def opened(page: Page, path: Path) -> tuple[list[str], dict]:
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
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return wrong, seen


def faults(path: Path, wrong: list[str], seen: dict, *, phone: bool = False) -> list[str]:
    captions = [text or "" for text in seen["captions"]]
    checks = {
        "no heading": not seen["headings"] and path.name not in ("genindex.html", "search.html"),
        f"missing pictures {seen['broken']}": seen["broken"],
        "pictures without a text": seen["unnamed"] + seen["unsaid"],
        "figures that are seen twice or not at all": seen["shown"],
        f"type too small for a phone: {seen['small']}": seen["small"] and phone,
        "figures without a caption": not all(captions),
        "captions without n": not all("n:" in text for text in captions),
        "captions without interval": not all("Interval:" in text for text in captions),
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
    found = {path: opened(page, path) for path in miniature.pages()}
    context.close()
    return found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_every_page_is_whole(browser: Browser, width: int, scheme: str) -> None:
    found = all_opened(browser, width, scheme)
    wrong = {
        str(path.relative_to(miniature.html())): faults(path, *seen, phone=width < 600)
        for path, seen in found.items()
    }
    assert {name: said for name, said in wrong.items() if said} == {}
    assert sum(len(seen["captions"]) for _, seen in found.values()) >= 15
    assert sum(seen["formulas"] for _, seen in found.values()) >= 3


def test_every_link_inside_the_book_leads_somewhere(browser: Browser) -> None:
    seen = {path: there for path, (_, there) in all_opened(browser, 1280, "light").items()}
    dead = []
    for path, there in seen.items():
        for link in there["links"]:
            parts = urlsplit(link)
            target = Path(unquote(parts.path))
            if parts.scheme != "file":
                continue
            if not target.is_file():
                dead.append(f"{path.name}: {link}")
            elif parts.fragment and target in seen:
                anchors = seen[target]["anchors"]
                if unquote(parts.fragment) not in anchors:
                    dead.append(f"{path.name}: {link}")
    assert dead == []


def test_dark_figures_can_be_read(browser: Browser) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto((miniature.html() / "index.html").as_uri())
    colours = page.evaluate(
        """() => [...document.querySelectorAll("figcaption")].map((caption) => {
          let ground = caption;
          const clear = "rgba(0, 0, 0, 0)";
          while (ground && getComputedStyle(ground).backgroundColor === clear)
            ground = ground.parentElement;
          return [getComputedStyle(caption).color, getComputedStyle(ground).backgroundColor];
        })"""
    )
    context.close()
    assert colours
    for text, ground in colours:
        assert contrast(text, ground) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours as browsers write them."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_search_works_from_disk(browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{(miniature.html() / 'search.html').as_uri()}?q=anti-steerable")
    page.wait_for_selector("ul.search li a")
    assert page.locator("ul.search li a").count() >= 2
    page.close()
