"""Marks and names of concepts lead to the pages about them."""

from __future__ import annotations

from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from steering.figures.caption import captioned
from steering.figures.concept_link import concept_address, concept_of
from steering.figures.inline import FEW_LINKS, SVG, inline
from steering.figures.scatter import points
from steering.figures.theme import axes, rows_of
from steering.records.kinds import OURS

TEXTS = {"text": "t", "n": 3, "interval": "none", "alt": "a"}


@pytest.mark.parametrize("name", ["tidy", "believes-AIs-are-not", "mine & yours", "a/b"])
def test_an_address_leads_to_its_concept_and_no_other_place_does(name: str) -> None:
    assert concept_of(concept_address(name)) == name
    assert concept_address(name).startswith("concepts/")
    assert concept_address(name).count("/") == 1
    for other in ("explore.html#concept=tidy", "concepts/tidy.html#x", "models/wren/said.html"):
        assert concept_of(other) == ""


def scatter_of(count: int) -> bytes:
    """A scatter plot of so many concepts, written as the page has it on a desk."""
    names = [f"concept-{place}" for place in range(count)]
    table = pd.DataFrame({"concept": names, "kind": OURS})
    ends = {name: range(count) for name in ("x", "x0", "x1", "y", "y0", "y1")}
    ax = axes(None)
    points(ax, table.assign(**ends), ("x", "x0", "x1"), ("y", "y0", "y1"), "#000000")
    return captioned(ax, **TEXTS).svg


def links(svg: bytes) -> list[ElementTree.Element]:
    shown = ElementTree.fromstring(inline(svg, "a", widest=600).replace("&nbsp;", " "))
    return [one for one in shown.iter() if one.tag in ("a", f"{SVG}a")]


def test_each_dot_that_is_a_concept_is_one_link_which_the_keyboard_reaches() -> None:
    found = links(scatter_of(5))
    assert [one.get("href") for one in found] == [f"concepts/concept-{at}.html" for at in range(5)]
    assert [one.get("aria-label") for one in found] == [f"concept concept-{at}" for at in range(5)]
    assert all(one.get("tabindex") is None for one in found)


def test_more_dots_than_a_keyboard_should_pass_are_for_the_pointer() -> None:
    found = links(scatter_of(FEW_LINKS + 1))
    assert len(found) == FEW_LINKS + 1
    assert all(one.get("tabindex") == "-1" for one in found)


def test_the_name_of_a_row_is_one_link_also_over_two_lines_and_that_of_a_kind_is_none() -> None:
    ax = axes(None)
    rows_of([OURS, "tidy", "believes-it-has-phenomenal-consciousness"], ax)
    assert "\n" in ax.get_yticklabels()[2].get_text()
    found = links(captioned(ax, **TEXTS).svg)
    assert [one.get("aria-label") for one in found] == [
        "concept tidy",
        "concept believes-it-has-phenomenal-consciousness",
    ]
    ax = axes(None)
    rows_of(["random vectors"], ax, concepts=False)
    assert links(captioned(ax, **TEXTS).svg) == []
    plt.close("all")
