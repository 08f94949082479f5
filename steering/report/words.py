"""Numbers, names and tables as the pages print them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
from IPython.display import Markdown

Row = Mapping[str, Any]
Column = str | Callable[[Row], str]
UNIT = "logits per unit of λ"
NARROW = "\u202f"  # a narrow space at which no line breaks
TOGETHER = "\u00a0"
SPECIAL = "\\`*_{}[]<>()#+-.!|~$&"


def number(value: float, digits: int = 2) -> str:
    """A number as the pages print it: a real minus sign, no −0.00, a dash where unknown."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def three(value: float) -> str:
    return number(value, 3)


def share(value: float) -> str:
    return "–" if value is None or math.isnan(value) else f"{number(100 * value, 0)}{NARROW}%"


def probability(p: float, digits: int = 3) -> str:
    """A p value; very small ones only by what they stay below."""
    least = 10**-digits
    return f"<{TOGETHER}{number(least, digits)}" if p < least else number(p, digits)


def interval(low: float, high: float, shown: Callable[[float], str] = number) -> str:
    """From where to where, as words."""
    return f"{shown(low)} to {shown(high)}"


def within(row: Row, names: tuple[str, str, str], shown: Callable[[float], str] = number) -> str:
    """A number with its interval in brackets, in a table; lines break before the bracket."""
    middle, low, high = (row[name] for name in names)
    if pd.isna(low):
        return shown(middle)
    return f"{shown(middle)} ({interval(low, high, shown).replace(' ', TOGETHER)})"


def span(values: pd.Series[float]) -> str:
    low, high = float(values.min()), float(values.max())
    return number(low) if number(low) == number(high) else interval(low, high)


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"."""
    *others, last = [str(name) for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def plural(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"


def counted(names: list[str], of: int, noun: str) -> str:
    """How many of so many, and which where they are few: "2 of 6 concepts (tidy and frugal)"."""
    which = f" ({listed(names)})" if names and len(names) < of and len(names) <= 6 else ""
    return f"{len(names)} of {plural(of, noun)}{which}"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by its columns' names."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def markdown(text: str) -> Markdown:
    return Markdown(text)


def table(rows: pd.DataFrame, columns: Mapping[str, Column]) -> Markdown:
    """A Markdown table; a column is a column's name, or a function of a row."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for row in records(rows):
        cells = [str(row[c]) if isinstance(c, str) else c(row) for c in columns.values()]
        lines.append(f"| {' | '.join(cells)} |")
    # A number and its % stay on one line.
    return markdown("\n".join(lines).replace(" %", f"{NARROW}%"))


def escaped(text: Any) -> str:
    """Somebody else's words as plain text: nothing in them is taken for Markdown or HTML."""
    if not isinstance(text, str):
        return "–"
    one_line = " ".join(text.split())
    return "".join(f"&#{ord(mark)};" if mark in SPECIAL else mark for mark in one_line)
