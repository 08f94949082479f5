"""Numbers, names and tables as the pages print them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
from IPython.display import Markdown

from steering.records.kinds import KINDS
from steering.records.tables import TODAY

Row = Mapping[str, Any]
Column = str | Callable[[Row], str]
UNIT = "logits per unit of λ"
NARROW = "\u202f"  # a narrow space at which no line breaks
PERCENT = f"{NARROW}%"
TOGETHER = "\u00a0"
MOST = 6  # names in a sentence
FINEST = 4  # digits after the point, beyond which a number is only said to be smaller
LONG = 20  # rows of a table, above which it opens on a click
SPECIAL = "\\`*_{}[]<>()#+-.!|~$&"


def number(value: float, digits: int = 2) -> str:
    """Return a number as the pages print it: a real minus sign, a dash where unknown.

    With `digits` after the point; below 0.1 with as many as leave two significant ones: 0.0042
    stays 0.0042. After the fourth it ends; of what is smaller still, only what it stays below is
    said. Nought is "0". Without any digits, whole numbers are printed.
    """
    if value is None or math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    if digits and abs(value) < 10.0**-FINEST:
        return f"<{TOGETHER}{10.0**-FINEST:.{FINEST}f}" if value > 0 else _minus(_least(value))
    return _minus(f"{value:.{_digits(value, digits)}f}")


def _digits(value: float, digits: int) -> int:
    """Return how many digits after the point a number has: below 0.1, for two significant ones."""
    exponent = int(f"{value:.1e}".partition("e")[2])
    small = digits and exponent < -1
    return max(digits, min(FINEST, 1 - exponent)) if small else digits


def _least(value: float) -> str:
    return f">{TOGETHER}{math.copysign(10.0**-FINEST, value):.{FINEST}f}"


def _minus(text: str) -> str:
    """Return a written number with a real minus sign, and none before zero."""
    return text.replace("-", "−") if text.strip("-0.") else text.lstrip("-")


def three(value: float) -> str:
    """Return a number with three digits after the point."""
    return number(value, 3)


def share(value: float) -> str:
    """Return a share in per cent, a dash where unknown.

    In whole ones; below a half with a digit after the point, so that little is not none.
    """
    if value is None or math.isnan(value):
        return "–"
    hundredths = 100 * value
    if 0 < abs(hundredths) < 0.05:
        return f"<{TOGETHER}0.1{PERCENT}" if value > 0 else f">{TOGETHER}−0.1{PERCENT}"
    digits = 1 if abs(hundredths) < 0.5 else 0
    return f"{_minus(f'{hundredths:.{digits}f}') if value else '0'}{PERCENT}"


def probability(p: float, digits: int = 3) -> str:
    """Return a p value; of very small ones, only what they stay below."""
    if p is None or math.isnan(p):
        return "–"
    least = 10**-digits
    return f"<{TOGETHER}{least:.{digits}f}" if p < least else f"{p:.{digits}f}"


def interval(low: float, high: float, text: Callable[[float], str] = number) -> str:
    """Return from where to where, as words.

    A % that both ends have is written once.
    """
    first, last = text(low), text(high)
    if last.endswith(PERCENT):
        first = first.removesuffix(PERCENT)
    return f"{first} to {last}"


def within(row: Row, names: tuple[str, str, str], text: Callable[[float], str] = number) -> str:
    """Return a number with its interval in brackets; lines of a table break before the bracket."""
    middle, low, high = (row[name] for name in names)
    if pd.isna(low):
        return text(middle)
    return f"{text(middle)} ({interval(low, high, text).replace(' ', TOGETHER)})"


def span(values: pd.Series[float]) -> str:
    """Return the lowest and the highest of some values, or the one number that both are."""
    low, high = float(values.min()), float(values.max())
    return number(low) if number(low) == number(high) else interval(low, high)


def listed(names: Iterable[str]) -> str:
    """Return names in a sentence: "a", "a and b", "a, b and c"."""
    *others, last = [str(name) for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, which has an s unless there is exactly one."""
    return f"{count} {noun if count == 1 else noun + 's'}"


def counted(names: list[str], of: int, noun: str) -> str:
    """Return how many of so many, and which where they are few.

    For example: "2 of 6 concepts (tidy and frugal)".
    """
    which = f" ({listed(names)})" if names and len(names) < of and len(names) <= MOST else ""
    return f"{len(names)} of {plural(of, noun)}{which}"


def unit_of(form: str) -> str:
    """Return the unit of propensities in a form of the questions: both are natural logarithms."""
    return "logits" if form == TODAY["form"] else "nats"


def asked_in(form: str) -> str:
    """Return what is asked in a form: a question with letters, or a pair of texts."""
    return "question" if form == TODAY["form"] else "pair"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, each by its columns' names."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def markdown(text: str) -> Markdown:
    """Return a text as a notebook's Markdown."""
    return Markdown(text)


def table(rows: pd.DataFrame, columns: Mapping[str, Column], *, folded: bool = True) -> Markdown:
    """Return a Markdown table; a column is a column's name, or a function of a row.

    A long table is folded, unless told otherwise: a figure or a sentence beside it says the same.
    """
    return _table({"": rows}, columns, folded=folded)


def table_by_kind(rows: pd.DataFrame, columns: Mapping[str, Column]) -> Markdown:
    """Return a table of concepts in which those of each `kind` stand below its name, ours first.

    Where all are of one kind, it is the same as `table`.
    """
    parts = {kind: rows[rows["kind"] == kind] for kind in KINDS}
    parts = {kind: part for kind, part in parts.items() if len(part)}
    return _table(parts if len(parts) > 1 else {"": rows}, columns)


def _table(
    parts: Mapping[str, pd.DataFrame], columns: Mapping[str, Column], *, folded: bool = True
) -> Markdown:
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for name, part in parts.items():
        if name:
            lines.append(f"| **{name.capitalize()}** |{' |' * (len(columns) - 1)}")
        for row in records(part):
            cells = [str(row[c]) if isinstance(c, str) else c(row) for c in columns.values()]
            lines.append(f"| {' | '.join(cells)} |")
    count = sum(map(len, parts.values()))
    # A number and its % stay on one line.
    text = "\n".join(lines).replace(" %", PERCENT)
    if count <= LONG or not folded:
        return markdown(text)
    summary = f"<summary>Show the table ({count} rows)</summary>"
    return markdown(f'<details class="long-table">{summary}\n\n{text}\n\n</details>')


def escaped(text: Any) -> str:
    """Return somebody else's words as plain text: none is taken for Markdown or HTML."""
    if not isinstance(text, str):
        return "–"
    one_line = " ".join(text.split())
    return "".join(f"&#{ord(mark)};" if mark in SPECIAL else mark for mark in one_line)
