"""The explorer in a browser, from disk: what it shows is what the tables hold."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from steering.analysis.explored import curves_of_questions, explorable
from steering.analysis.verdict.outcomes import QUESTION, of_claim
from steering.analysis.verdict.table import verdicts
from steering.clone import book_folder
from steering.figures.explorer_link import link
from steering.records.results import Results
from steering.report.citation import Citation, filled
from steering.report.explorer import index_script, question_set, script, words_of
from tests.support.designs import DESIGNS
from tests.support.synthetic import results

pytestmark = pytest.mark.browser

MODELS = ("wren", "finch")
REPORT = Citation(
    title="A report",
    author="Ada and Emmy",
    year="2026",
    version="2.5.0",
    commit="0123456789ab",
    url="",
)
ABOUT = {"title": "Turned", "kind": "concepts of yours"}
# What the theme of the book says of colours, in short.
THEME = """
html { --pst-color-background: #fff; --pst-color-text-base: #222; --pst-color-text-muted: #555;
  --pst-color-link: #00663a; --pst-color-border: #ccc; --pst-color-surface: #eee; }
html[data-theme="dark"] { --pst-color-background: #121212; --pst-color-text-base: #ddd;
  --pst-color-text-muted: #aaa; --pst-color-link: #7cf;
  --pst-color-border: #444; --pst-color-surface: #222; }
body { background: var(--pst-color-background); color: var(--pst-color-text-base); margin: 8px; }
"""


@cache
def run(model: str) -> Results:
    """A concept some of whose questions are reversed, in either model on questions of its own."""
    return results({"reversed": DESIGNS["reversed"]}, model=model, seed=MODELS.index(model))


@cache
def curves(model: str) -> pd.DataFrame:
    """Its curves: a row for each pair of settings, item and order."""
    return curves_of_questions(explorable(run(model)), run(model).sweep)


def slopes(model: str = "wren", vector: str = "BASE", prompt: str = "BASE") -> pd.Series:
    """The slope of each question in both orders together, the lowest first."""
    table = curves(model)
    chosen = (table["vector_setting"] == vector) & (table["prompt_setting"] == prompt)
    return table[chosen].groupby("item")["steerability"].mean().sort_values()


def tokens(items: list[int]) -> dict[str, object]:
    """The tokens of every prompt: a text of three tokens, the last one steered."""
    ends = {"head": [0], "tail": [3], "steered": 1}
    middles = {f"{item}/{order}": [1, 2] for item in items for order in (0, 1)}
    settings = dict.fromkeys(("BASE", "USER_NEG"), ends)
    texts = ["<|user|>", "Is it so?", "\n", "("]
    return {"texts": texts, "own": True, "settings": settings, "middles": middles, "others": {}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as the book has it, without the theme: two models, and a set without words."""
    folder = tmp_path_factory.mktemp("book")
    static = folder / "_static"
    shutil.copytree(book_folder() / "vendor", static, ignore=shutil.ignore_patterns("mathjax"))
    lines = []
    for model in MODELS:
        tested = run(model).items.query("split == 'test'")
        data, line = question_set(
            run(model),
            verdicts(run(model)) if model == "wren" else None,
            words=words_of(tested, None) if model == "wren" else None,
            tokens=tokens(tested["item"].tolist()) if model == "wren" else None,
            about=ABOUT,
        )
        at = f"{model}/turned"
        (static / "explore" / model).mkdir(parents=True)
        text = script(at, {**data, "command": "steering measure", "date": "2026-01-01"})
        (static / "explore" / model / "turned.js").write_text(text, encoding="utf-8")
        lines.append({**line, "place": at})
    (static / "explore" / "index.js").write_text(index_script(lines), encoding="utf-8")
    source = (book_folder() / "explore.md").read_text(encoding="utf-8")
    scripts = "\n".join(re.findall(r"<script .*?</script>", source))
    spoken = re.findall(r"<noscript>.*?</noscript>", source, re.DOTALL)[0]
    explorer = filled(re.findall(r'<div id="explorer".*?</div>', source)[0], REPORT)
    page = folder / "explore.html"
    page.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Explorer</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<style>{THEME}</style><link rel="stylesheet" href="_static/explorer.css"><main>'
        f"<h1>Explorer</h1>{explorer}{spoken}{scripts}</main></html>",
        encoding="utf-8",
    )
    return page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose errors fail the test."""
    opened = browser.new_page(viewport={"width": 1000, "height": 900})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    opened.close()
    assert errors == []


def visit(page: Page, place: Path, fragment: str = "") -> None:
    """Open the page at a fragment; only what comes from disk is loaded."""
    page.goto("about:blank")
    page.goto(f"{place.as_uri()}{'#' + fragment if fragment else ''}")
    page.wait_for_selector("#explorer .curves svg")
    page.wait_for_function(
        "document.querySelectorAll('#explorer .models tbody td').length >= 3"
        " && document.querySelector('#explorer .models tbody').textContent.match(/[0-9]/)"
    )


def cells(page: Page, region: str) -> list[list[str]]:
    """The rows of a table, the heading of each first."""
    return page.evaluate(
        """(region) => [...document.querySelectorAll(`#explorer ${region} tbody tr`)].map((row) =>
          [...row.children].map((cell) => cell.textContent))""",
        region,
    )


def value(text: str) -> float:
    return float(text.replace("−", "-").removesuffix(" %").removeprefix("± "))


def named(page: Page) -> dict[str, str]:
    """What the address names."""
    return {key: one for key, (one,) in parse_qs(urlsplit(page.url).fragment).items()}


def fault(page: Page) -> str:
    return page.text_content("#explorer .fault") or ""


def test_a_permalink_shows_the_numbers_of_the_tables(page: Page, place: Path) -> None:
    item = int(slopes().index[3])
    table = curves("wren").set_index(["vector_setting", "prompt_setting", "item", "order"])
    for vector, prompt in (("BASE", "BASE"), ("SYS_POS", "USER_NEG")):
        visit(page, place, link("wren", "reversed", item, vector=vector, prompt=prompt))
        assert fault(page) == ""
        assert page.text_content("#explorer h2") == f"Question {item} of Turned in wren"
        first, second, both = cells(page, "div[aria-label=Numbers]")
        for order, row in enumerate((first, second)):
            curve = table.loc[(vector, prompt, item, order)]
            assert row[0] == f"positive answer at {curve['positive_letter']}"
            assert value(row[1]) == pytest.approx(curve["steerability"], abs=0.0055)
            assert value(row[2]) == pytest.approx(curve["r_squared"], abs=0.0011)
            assert value(row[3]) == pytest.approx(curve["planted_steerability"], abs=0.0055)
            assert value(row[5]) == pytest.approx(curve[1.0], abs=0.0055)
        mean = slopes(vector=vector, prompt=prompt)[item]
        assert value(both[1]) == pytest.approx(mean, abs=0.0055)
        assert (both[4] == "–") == (prompt not in explorable_prompts())


def explorable_prompts() -> set[str]:
    """The prompt settings in which random vectors were measured."""
    table = explorable(run("wren"))
    return set(table.loc[table["direction"] == "random", "prompt_setting"])


def test_every_question_is_a_dot_and_a_row_and_falling_ones_are_orange(
    page: Page, place: Path
) -> None:
    visit(page, place, link("wren", "reversed"))
    ordered = slopes()
    assert page.locator("#explorer .dot").count() == len(ordered)
    assert page.locator("#explorer .dot.falls").count() == (ordered < 0).sum() > 0
    page.click("#explorer details summary")
    # The table is filled once the browser tells that it is open.
    page.locator("div[aria-label=Questions] table").wait_for()
    rows = cells(page, "div[aria-label=Questions]")
    assert {int(row[0]) for row in rows} == {*ordered.index}
    assert [value(row[3]) for row in rows] == pytest.approx(ordered.tolist(), abs=0.0055)
    outcomes = of_claim(verdicts(run("wren")), QUESTION).set_index("subject")["outcome"]
    assert [row[4] for row in rows] == [outcomes[row[0]] for row in rows]
    told = sum("way" in row[4] for row in rows)
    assert page.locator("#explorer .dot.full").count() == told


def test_keys_go_from_question_to_question_and_pin(page: Page, place: Path) -> None:
    order = slopes().index.tolist()
    visit(page, place, link("wren", "reversed", order[0]))
    page.focus("#explorer [role=listbox]")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"location.hash.includes('item={order[1]}')")
    assert page.text_content("#explorer h2") == f"Question {order[1]} of Turned in wren"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "listbox"
    chosen = page.locator("#explorer .dot[aria-selected=true]")
    assert chosen.get_attribute("id") == f"question-{order[1]}"
    pinned = (("Enter", f"{order[1]}"), ("ArrowRight", ""), ("Enter", f"{order[1]},{order[2]}"))
    for key, pins in pinned:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert not pins or named(page)["pin"] == pins
    page.keyboard.press("End")
    page.wait_for_function(f"location.hash.includes('item={order[-1]}')")
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert named(page)["pin"] == f"{order[2]},{order[-1]}", (
        "the third pin takes the first one's place"
    )
    assert page.locator("#explorer .curve.first").count() == 2
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert "pin" not in named(page)
    assert page.locator("#explorer .curve").count() == 2


def test_a_click_on_settings_order_or_model_moves_on(page: Page, place: Path) -> None:
    item = int(slopes().index[0])
    visit(page, place, link("wren", "reversed", item))
    page.click("#explorer button[aria-label^='vector SYS_NEG, prompts USER_POS']")
    page.wait_for_function("location.hash.includes('prompt=USER_POS')")
    wanted = {"model": "wren", "concept": "reversed", "item": str(item)}
    assert named(page) == wanted | {"vector": "SYS_NEG", "prompt": "USER_POS"}
    mean = slopes(vector="SYS_NEG", prompt="USER_POS")[item]
    pressed = page.locator("#explorer div[aria-label=Settings] button[aria-pressed=true]")
    assert value(pressed.text_content() or "") == pytest.approx(mean, abs=0.0055)
    page.click("#explorer .orders button:nth-child(2)")
    page.wait_for_function("location.hash.includes('order=1')")
    assert page.locator("#explorer .curve.faint.order-0").count() == 1
    (other,) = cells(page, ".models")
    found = slopes("finch", "SYS_NEG", "USER_POS")[item]
    assert other[0] == "finch"
    assert value(other[3]) == pytest.approx(found, abs=0.0055)
    page.click("#explorer .models a")
    page.wait_for_function("document.querySelector('#explorer h2').textContent.includes('finch')")
    assert named(page)["vector"] == "SYS_NEG"
    assert "hash" in (page.text_content("#explorer .tokens") or "")


def test_the_tokens_are_marked_in_words(page: Page, place: Path) -> None:
    visit(page, place, link("wren", "reversed", int(slopes().index[0])))
    chips = page.locator("#explorer .token")
    assert chips.all_text_contents() == [
        *("<|user|>", "Is it so?", "↵", "(steered"),
        "A or Bread",
    ]
    visit(page, place, link("wren", "reversed", prompt="SYS_POS"))
    assert "not kept" in (page.text_content("#explorer .tokens") or "")
    assert "Choices" in (page.text_content("#explorer .asked") or "")


def test_the_slider_says_the_propensity_at_lambda(page: Page, place: Path) -> None:
    item = int(slopes().index[5])
    visit(page, place, link("wren", "reversed", item))
    table = curves("wren").set_index(["vector_setting", "prompt_setting", "item", "order"])
    curve = table.loc[("BASE", "BASE", item, 0)]
    for at, expected in ((-1.5, curve[-1.5]), (0.2, curve[0.0] + 0.4 * (curve[0.5] - curve[0.0]))):
        page.locator("#explorer input[type=range]").fill(str(at))
        shown = cells(page, "div[aria-label=Numbers]")[0][5]
        assert value(shown) == pytest.approx(expected, abs=0.0061)
        said = page.text_content("#explorer output") or ""
        assert ("between" in said) == (at == 0.2)


def test_filters_let_through_what_they_say(page: Page, place: Path) -> None:
    table = curves("wren")
    falls = {
        pair: part.pivot(index="item", columns="order", values="steerability")
        for pair, part in table.groupby(["vector_setting", "prompt_setting"])
    }
    base = falls["BASE", "BASE"]
    everywhere = (base.mean(axis=1) < 0) & (slopes("finch").reindex(base.index) < 0)
    away = pd.DataFrame({pair: one.mean(axis=1) < 0 for pair, one in falls.items()})
    visit(page, place, link("wren", "reversed"))
    wanted = {
        "all": len(base),
        "orders": int((base < 0).all(axis=1).sum()),
        "models": int(everywhere.sum()),
        "out": int((~away["BASE", "BASE"] & away.any(axis=1)).sum()),
    }
    assert wanted["orders"] > 0
    for name, count in wanted.items():
        page.select_option("#explorer-filter", name)
        page.wait_for_function(
            "(text) => document.querySelector('#explorer .count').textContent.startsWith(text)",
            arg=f"{count} of {len(base)} questions",
        )
        assert page.locator("#explorer .dot").count() == count


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ("model=owl&concept=reversed", "no concept “reversed” in a model “owl”"),
        ("model=wren&concept=reversed&item=99999", "no question “99999”"),
        ("model=wren&concept=reversed&item=x", "no question “x”"),
        ("model=wren&concept=reversed&vector=NONE", "“NONE” and “BASE” were not measured"),
        ("model=wren&concept=reversed&order=7", "no order “7”"),
    ],
)
def test_a_bad_permalink_is_said_in_one_sentence(
    page: Page, place: Path, fragment: str, said: str
) -> None:
    visit(page, place, fragment)
    assert said in fault(page)
    assert "What is shown stands in its place." in fault(page)
    assert page.locator("#explorer .dot").count() == len(slopes())


def test_an_address_that_changes_is_followed(page: Page, place: Path) -> None:
    items = slopes().index
    visit(page, place, link("wren", "reversed", int(items[0])))
    page.evaluate(f"location.hash = '{link('wren', 'reversed', int(items[9]), prompt='SYS_NEG')}'")
    page.wait_for_function(
        f"document.querySelector('#explorer h2').textContent.startsWith('Question {items[9]} ')"
    )
    assert page.input_value("#explorer-prompt") == "SYS_NEG"


def test_what_is_taken_along_leads_back(page: Page, place: Path) -> None:
    item = int(slopes().index[1])
    visit(page, place, link("wren", "reversed", item, prompt="USER_NEG"))
    page.click("text=Row as CSV")
    rows = list(csv.DictReader(io.StringIO(page.input_value("#explorer textarea"))))
    table = curves("wren").set_index(["vector_setting", "prompt_setting", "item", "order"])
    for order, row in enumerate(rows):
        curve = table.loc[("BASE", "USER_NEG", item, order)]
        assert (row["model"], row["concept"], int(row["item"])) == ("wren", "reversed", item)
        assert float(row["steerability"]) == pytest.approx(curve["steerability"], abs=0.00051)
        assert float(row["propensity at -1.5"]) == pytest.approx(curve[-1.5], abs=0.00051)
    page.click("text=Copy link")
    assert page.input_value("#explorer textarea") == page.url
    page.click("text=Cite this question")
    cited = page.input_value("#explorer textarea")
    assert cited.startswith("@misc{")
    assert page.url in cited
    assert f"question {item}" in cited
    assert "version = {2.5.0}" in cited
    assert "commit 0123456789ab" in cited
    assert "author = {{Ada and Emmy}}" in cited


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_on_a_phone_and_in_the_dark(
    browser: Browser, place: Path, scheme: str
) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 800})
    visit(phone, place, link("wren", "reversed"))
    phone.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
    wide, small, faint = phone.evaluate(
        """() => {
          const texts = [...document.querySelectorAll("#explorer *")].filter((one) =>
            [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) &&
            one.getClientRects().length && !one.closest(".spoken, title, option, .faint"));
          const size = (one) => parseFloat(getComputedStyle(one).fontSize);
          const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
          const light = (colour) => {
            const [r, g, b] = parts(colour).slice(0, 3).map((part) => part / 255)
              .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = (one) => {
            for (let at = one; at; at = at.parentElement) {
              const colour = getComputedStyle(at).backgroundColor;
              if (!/, 0\\)$/.test(colour)) return colour;
            }
            return "rgb(255, 255, 255)";
          };
          const drawn = (one) => one.namespaceURI.endsWith("svg");
          const ink = (one) => getComputedStyle(one)[drawn(one) ? "fill" : "color"];
          const contrast = (one) => {
            const [dark, bright] = [light(ink(one)), light(ground(one))].sort((x, y) => x - y);
            return (bright + 0.05) / (dark + 0.05);
          };
          return [
            document.documentElement.scrollWidth - innerWidth,
            texts.filter((one) => size(one) < 11).map((one) => one.textContent),
            texts.filter((one) => contrast(one) < 4.5).map((one) => one.outerHTML.slice(0, 90)),
          ];
        }"""
    )
    phone.close()
    assert wide <= 0
    assert small == []
    assert faint == []


def test_without_javascript_a_sentence_leads_to_the_tables(browser: Browser, place: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(place.as_uri())
    assert "This page needs JavaScript" in (page.inner_text("main") or "")
    context.close()


def test_nothing_is_loaded_but_what_is_shown(page: Page, place: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, place)
    assert all(url.startswith(("file:", "about:")) for url in asked)
    data = [url for url in asked if "/explore/" in url and not url.endswith("index.js")]
    assert len(data) == len(MODELS), "the set, and the same concept in the other model"
