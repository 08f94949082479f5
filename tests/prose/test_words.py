"""Numbers, names and tables as the pages print them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from steering.prose import words
from tests.support.many import MIXED, verdicts


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((1.005, "1.00"), (1.234, "1.23"), (-1.234, "−1.23"), (0.5, "0.50"), (12.3456, "12.35")),
        *((0.0042, "0.0042"), (0.042, "0.042"), (-0.0004, "−0.0004"), (0.00042, "0.0004")),
        *((0.0999, "0.10"), (0.00996, "0.010")),
        *((0.0, "0"), (-0.0, "0")),
        *((0.00001, "<\u00a00.0001"), (-0.00001, ">\u00a0−0.0001")),
        (math.nan, "–"),
    ],
)
def test_numbers_as_the_pages_print_them(value: float, shown: str) -> None:
    assert words.number(value) == shown


def test_a_number_without_an_interval_stands_alone() -> None:
    names = ("mean", "low", "high")
    assert words.within({"mean": 1.0, "low": math.nan, "high": math.nan}, names) == "1.00"
    assert words.within(dict.fromkeys(names, math.nan), names) == "–"
    assert words.share(-0.02) == "−2\u202f%"


def test_what_is_little_is_not_printed_as_nothing() -> None:
    """0.00 (0.00 to 0.00) stood where a slope of 0.0017 (−0.004 to 0.011) was measured."""
    row = {"mean": 0.0017, "low": -0.004, "high": 0.011}
    shown = words.within(row, ("mean", "low", "high"))
    assert shown.replace("\u00a0", " ") == "0.0017 (−0.0040 to 0.011)"
    assert words.number(0.004, 0) == "0"
    assert words.number(0.04, 3) == "0.040"
    assert words.number(0.4, 1) == "0.4"
    assert words.share(0.004) == "0.4\u202f%"
    assert words.share(0.0001) == "<\u00a00.1\u202f%"
    assert words.share(0.0) == "0\u202f%"


def test_a_number_and_its_percent_stand_together() -> None:
    shown = words.table(pd.DataFrame({"a": ["5 %"]}), {"Of it (95 %)": "a"}).data
    assert " %" not in shown
    assert shown.count("\u202f%") == 2


def test_both_ends_of_an_interval_share_their_percent() -> None:
    assert words.interval(0.01, 0.2, words.share) == "1 to 20\u202f%"
    assert words.interval(0.01, math.nan, words.share) == "1\u202f% to –"
    assert words.interval(-1, 2) == "−1.00 to 2.00"


def test_a_long_table_is_folded_and_whole() -> None:
    columns: dict[str, words.Column] = {"Concept": "concept"}
    most = pd.DataFrame({"concept": [f"c{k}" for k in range(words.LONG)]})
    assert words.table(most, columns).data.startswith("| Concept |")
    longer = pd.concat([most, most.head(1)])
    folded = words.table(longer, columns).data
    assert folded.startswith("<details")
    assert f"({words.LONG + 1} rows)" in folded
    assert words.table(most, columns).data in folded
    assert words.table(longer, columns, folded=False).data.startswith("| Concept |")
    assert folded.endswith("\n\n</details>")


def test_names_in_a_sentence() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.counted(["a"], 3, "concept") == "1 of 3 concepts (a)"
    assert words.counted(["a"], 1, "concept") == "1 of 1 concept"


def test_words_of_others_are_only_words() -> None:
    shown = words.escaped("<b>|x|</b> [a](b)\n`c` &amp;")
    assert not set("<>|[]`\n") & set(shown)
    assert words.escaped(math.nan) == "–"


@pytest.mark.parametrize(("p", "shown"), [(0.0234, "0.023"), (1e-9, "<\u00a00.001")])
def test_small_probabilities(p: float, shown: str) -> None:
    assert words.probability(p) == shown


def test_tables_set_kinds_apart_only_where_there_are_several() -> None:
    table = verdicts(MIXED, 0).assign(value="1")
    columns: dict[str, words.Column] = {"Concept": "concept", "Value": "value"}
    lines = words.table_by_kind(table, columns).data.splitlines()[2:]
    cells = [line.strip("| ").split(" |")[0] for line in lines]
    assert cells == [
        *("**Concepts of ours**", "tidy", "frugal"),
        *("**Public data sets**", "openness", "narcissism"),
        *("**Concepts of yours**", "mine"),
    ]
    assert {line.count("|") for line in lines} == {3}
    alike = table[table["concept"].isin(["tidy", "frugal"])]
    assert words.table_by_kind(alike, columns).data == words.table(alike, columns).data
