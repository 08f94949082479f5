"""Every number in the book's prose comes from a result: here the typed ones are looked for."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from steering.analysis.answering import LEAST_EFFECT, LEVEL
from steering.analysis.brittleness import MARGIN
from steering.analysis.statistics.chance import RATE
from steering.clone import clone, notebooks_folder
from steering.concepts.items import SHARES
from steering.measuring.plan import MULTIPLIERS

# A decimal, a percentage, or a number of two and more digits that is not part of a name.
NUMBER = re.compile(r"\d+[.,]\d+|\d+[\s\u00a0\u202f]*%|(?<![\w./-])\d{2,}(?![\w/-])")
# The level of the intervals, the ends of the shares that it is judged for, and names.
ALLOWED = re.compile(r"\b95([\s\u202f]*%)?|5 and 95 %|CVE-\d+|https?://\S+|`[^`]*`")


def typed(text: str) -> list[str]:
    """The numbers in a text that a person must have typed."""
    return NUMBER.findall(ALLOWED.sub(" ", text))


def sentences(code: str) -> Iterator[str]:
    """The strings of some code that read as prose: with a blank in them, docstrings left out."""
    tree = ast.parse(code)
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }  # a string that is a statement of its own is a docstring
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            text = node.value
            if " " in text.strip():
                yield text


def prose_of(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield from sentences(path.read_text(encoding="utf-8"))
        return
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            yield cell.source
        elif "parameters" not in cell.metadata.get("tags", []):
            yield from sentences(cell.source)


FILES = [
    *sorted(notebooks_folder().glob("*.ipynb")),
    *sorted((clone() / "steering" / "prose").glob("*.py")),
    # How a caption becomes a page is no prose.
    *(f for f in sorted((clone() / "steering" / "figures").glob("*.py")) if f.stem != "caption"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_number_is_typed(path: Path) -> None:
    found = {text: numbers for text in prose_of(path) if (numbers := typed(text))}
    assert found == {}


# What the pages of the book define, written as it follows from the code: no result is among it.
UPTO = [0.0, *(share for _, share in SHARES)]
DEFINED = (
    " / ".join(f"{100 * (high - low):.0f}" for low, high in pairwise(UPTO)),
    f"false discoveries held at {100 * RATE:.0f} %",
    f"false discovery rate is held at {100 * RATE:.0f} %",
    f"q is at most {100 * RATE:.0f} %",
    f"q at most {100 * RATE:.0f} %",
    f"below {MARGIN[0]}",
    f"above {MARGIN[1]}",
    f"at least {LEAST_EFFECT} logits",
    f"a p of at most {100 * LEVEL / 2:.1f} %",
    # What the published code says.
    'items by `test_split="50:100%"`, which is read as "from item number 50 to the last"',
    "all items less 50",
    f"At 1 the positive letter is about {math.e:.1f} times as likely",
    f"from −{max(MULTIPLIERS)} to {max(MULTIPLIERS)}",
)
# Code is no prose, and the sizes of rerun.md are held to the plan's by tests/test_rerun_page.py.
CODE = re.compile(r"^(`{3,}).*?^\1|^\$\$.*?^\$\$", re.M | re.S)
SIZES = re.compile(r"^\|.*\|$", re.M)


def prose_of_page(text: str) -> str:
    """A page of the book without its code and what it defines, in one line."""
    prose = " ".join(CODE.sub(" ", text).replace("\u202f", " ").split())
    for told in DEFINED:
        prose = prose.replace(told, " ")
    return prose


@pytest.mark.parametrize(
    "path", sorted((clone() / "book").glob("*.md")), ids=lambda path: path.stem
)
def test_no_result_is_typed_into_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert typed(prose_of_page(SIZES.sub("", text) if path.stem == "rerun" else text)) == []


def test_a_result_in_a_page_is_found() -> None:
    page = "The false\ndiscovery rate is held at 5 %.\n\n```\n100 times\n```\nThe mean is 1.52."
    assert typed(prose_of_page(page)) == ["1.52"]
    assert typed(prose_of_page("The rate is held at 7 %, in 40 / 20 / 40.")) != []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("The slope is 1.52 on average.", ["1.52"]),
        ("In 21 % of items", ["21 %"]),
        ("over 39 data sets", ["39"]),
        ("its 95 % interval, λ = 1, figure 5, Llama-2-7b, see `n=100`", []),
    ],
)
def test_typed_numbers_are_found(text: str, numbers: list[str]) -> None:
    assert typed(text) == numbers
