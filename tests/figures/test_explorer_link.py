"""Addresses into the explorer: what they name, what they leave out, and how odd names are kept."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pandas as pd

from steering.figures.explorer_link import EXPLORE_PLACE, address, addresses, anchor, link


def test_an_address_names_what_is_not_plain() -> None:
    assert link("wren", "tidy") == "model=wren&concept=tidy"
    assert link("wren", "tidy", 0) == "model=wren&concept=tidy&item=0"
    full = link("wren", "tidy", 31, vector="SYS_POS", prompt="USER_NEG", order=1)
    assert full == "model=wren&concept=tidy&item=31&vector=SYS_POS&prompt=USER_NEG&order=1"
    assert address("wren", "tidy", 31) == EXPLORE_PLACE + link("wren", "tidy", 31)


def test_odd_names_come_back_as_they_were() -> None:
    parts = parse_qs(urlsplit(address("owner/model 7B", "a&b=c#d+é")).fragment)
    assert parts == {"model": ["owner/model 7B"], "concept": ["a&b=c#d+é"]}


def test_each_row_of_a_table_has_its_address() -> None:
    rows = pd.DataFrame({"model": "m", "concept": ["a", "b"], "item": [3, 4], "slope": [1.0, 2.0]})
    assert addresses(rows) == [address("m", "a", 3), address("m", "b", 4)]
    turned = rows.assign(order=[0, 1], vector_setting="BASE", prompt_setting=["BASE", "USER_NEG"])
    assert addresses(turned) == [
        address("m", "a", 3, order=0),
        address("m", "b", 4, order=1, prompt="USER_NEG"),
    ]
    assert addresses(rows[["model", "concept"]]) == [address("m", "a"), address("m", "b")]
    assert addresses(rows[:0]) == []


def test_a_link_in_html_is_escaped() -> None:
    assert anchor("<31>", address("m", "a", 3)) == (
        '<a class="to-explorer" href="explore.html#model=m&amp;concept=a&amp;item=3">&lt;31&gt;</a>'
    )
