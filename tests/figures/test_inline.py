import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from steering.figures.caption import captioned
from steering.figures.heat import cells
from steering.figures.inline import FEW_LINKS
from steering.figures.theme import (
    BLACK,
    BLUE,
    GREY,
    ON_DARK,
    ON_LIGHT,
    ORANGE,
    PALE,
    VARIABLES,
    VERMILION,
)

TOLD = {"n": 4, "interval": "none", "alt": "what one sees"}


def axes() -> Axes:
    return plt.subplots(layout="constrained")[1]


def html_of(ax: Axes, **told: str) -> str:
    return captioned(ax, "Read it so", **TOLD | told)._repr_html_()  # type: ignore[arg-type]


def identifiers(html: str) -> list[str]:
    return re.findall(r' id="([^"]*)"', html)


def referred_to(html: str) -> set[str]:
    return set(re.findall(r"url\(#([^)]*)\)", html)) | set(re.findall(r'href="#([^"]*)"', html))


def lines(ax: Axes) -> Axes:
    ax.plot([0, 1, 2], [0, 2, 1], "o-", color=BLUE)
    ax.plot([0, 2], [0, 2], "s", color=VERMILION, markerfacecolor="white")
    ax.axhspan(0, 1, color=PALE)
    ax.axhline(0, color=GREY)
    return ax


def test_no_two_figures_of_a_page_share_an_identifier() -> None:
    one, same, other = lines(axes()), lines(axes()), lines(axes())
    other.set_title("another")
    first, second = html_of(one, name="first"), html_of(same, alt="the same, said otherwise")
    page = first + second + html_of(other, name="second")
    found = identifiers(page)
    assert len(found) == len(set(found)) >= 12
    assert referred_to(page) <= set(found)
    # And what nothing refers to has none, except the figure itself.
    assert set(found) - referred_to(page) == {"figure-first", "figure-second"}


def test_no_style_sheet_or_metadata_reaches_the_page() -> None:
    html = html_of(lines(axes()))
    for word in ("<style", "<metadata", "<?xml", "<!DOCTYPE", "xmlns", "<!--"):
        assert word not in html


def test_colours_are_those_of_the_page_with_what_they_were_drawn_in_behind_them() -> None:
    html = html_of(lines(axes()))
    for name, colour in {"ink": BLACK, "blue": BLUE, "vermilion": VERMILION, "pale": PALE}.items():
        assert f"var(--figure-{name},{colour.lower()})" in html
    assert "fill:var(--figure-paper,#ffffff)" in html, "a hollow marker lets the page through"
    assert set(re.findall(r"(?<=:)#[0-9a-fA-F]{6}", html)) == set()


def test_what_is_written_on_a_coloured_cell_stays_in_both_modes() -> None:
    ax = axes()
    values = pd.DataFrame([[-3.0, -0.1], [0.2, 3.0]])
    cells(ax, values, label="change", written=str)
    html = html_of(ax)
    colours = {colour.upper() for colour in re.findall(r"fill:(#[0-9a-fA-F]{6})", html)}
    assert {ON_LIGHT, ON_DARK} <= colours
    assert not {ON_LIGHT, ON_DARK} & set(VARIABLES)


def test_words_are_words() -> None:
    ax = lines(axes())
    ax.set(xlabel="multiplier λ", ylabel="a < b &\nanother line", title="Bold")
    desk = re.findall(r"<svg .*?</svg>", html_of(ax))[0]
    said = [text.text for text in ElementTree.fromstring(desk).iter("text")]
    assert {"multiplier λ", "a < b &", "another line", "Bold"} <= set(said)
    assert "font-weight:700" in desk
    assert desk.count("DejaVu Sans") == 1


def test_a_link_is_named_by_its_address_and_can_be_reached() -> None:
    ax = axes()
    dots = ax.scatter([0, 1], [0, 1], color=ORANGE)
    dots.set_urls(["explore.html#model=wren&concept=tidy&item=3", "explore.html"])
    html = html_of(ax)
    assert html.count('role="group"') == 2
    assert 'role="img"' not in html
    links = list(ElementTree.fromstring(re.findall(r"<svg .*?</svg>", html)[0]).iter("a"))
    assert [link.get("href") for link in links] == [
        "explore.html#model=wren&concept=tidy&item=3",
        "explore.html",
    ]
    assert (
        links[0].get("aria-label")
        == links[0].findtext("title")
        == ("model wren, concept tidy, item 3")
    )
    assert html_of(lines(axes())).count('role="img"') == 2


def test_many_links_are_for_the_pointer_and_none_is_there_on_a_phone() -> None:
    ax = axes()
    count = FEW_LINKS + 1
    dots = ax.scatter(range(count), range(count), color=ORANGE)
    dots.set_urls([f"explore.html#model=wren&concept=tidy&item={at}" for at in range(count)])
    desk, phone = re.findall(r"<svg .*?</svg>", html_of(ax))
    links = list(ElementTree.fromstring(desk).iter("a"))
    assert len(links) == count
    assert {link.get("tabindex") for link in links} == {"-1"}
    assert {link.get("aria-hidden") for link in links} == {"true"}
    assert links[3].findtext("title") == "model wren, concept tidy, item 3"
    assert "<a" not in phone
    assert 'role="img"' in phone
    assert phone.count("<use") == desk.count("<use")


@pytest.mark.parametrize("places", [3, 6])
def test_coordinates_have_two_decimals_at_most(places: int) -> None:
    ax = lines(axes())
    ax.plot([0, 10**-places], [1 / 3, 2 / 3])
    drawn = re.sub(r"data:image[^\"]*", "", html_of(ax))
    assert not re.search(r"\d\.\d{3,}", drawn)
