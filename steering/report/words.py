"""Numbers, names and tables as the pages print them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
from IPython.display import Markdown

from steering.concepts.kinds import KINDS, kind_of

Row = Mapping[str, Any]
Column = str | Callable[[Row], str]
UNIT = "logits per unit of λ"
NARROW = "\u202f"  # a narrow space at which no line breaks
PERCENT = f"{NARROW}%"
TOGETHER = "\u00a0"
KIND = "kind"  # a column that `by_kind` adds
MOST = 6  # names in a sentence
LONG = 20  # rows of a table, above which it opens on a click
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
    return "–" if value is None or math.isnan(value) else f"{number(100 * value, 0)}{PERCENT}"


def probability(p: float, digits: int = 3) -> str:
    """A p value; very small ones only by what they stay below."""
    least = 10**-digits
    return f"<{TOGETHER}{number(least, digits)}" if p < least else number(p, digits)


def interval(low: float, high: float, shown: Callable[[float], str] = number) -> str:
    """From where to where, as words; a % that both ends have is said once."""
    first, last = shown(low), shown(high)
    if last.endswith(PERCENT):
        first = first.removesuffix(PERCENT)
    return f"{first} to {last}"


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
    which = f" ({listed(names)})" if names and len(names) < of and len(names) <= MOST else ""
    return f"{len(names)} of {plural(of, noun)}{which}"


def named(rows: pd.DataFrame) -> str:
    """Concepts in a sentence: a few by name, of more how many and the two ends of their `mean`."""
    if len(rows) <= MOST:
        return listed(sorted(rows["concept"]))
    ordered = records(rows.sort_values("mean", kind="stable"))
    least, most = ordered[0], ordered[-1]
    return (
        f"{len(rows)} concepts, from {least['concept']} (mean slope {number(least['mean'])}) to "
        f"{most['concept']} ({number(most['mean'])})"
    )


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by its columns' names."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def markdown(text: str) -> Markdown:
    return Markdown(text)


def table(rows: pd.DataFrame, columns: Mapping[str, Column]) -> Markdown:
    """A Markdown table; a column is a column's name, or a function of a row.

    Where the rows are of concepts of several kinds (`by_kind`), each kind begins with its name. A
    long table is folded: a figure or a sentence beside it says the same.
    """
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    kind = None
    for row in records(rows):
        if row.get(KIND) != kind:
            kind = row[KIND]
            lines.append(f"| **{kind.capitalize()}** |{' |' * (len(columns) - 1)}")
        cells = [str(row[c]) if isinstance(c, str) else c(row) for c in columns.values()]
        lines.append(f"| {' | '.join(cells)} |")
    # A number and its % stay on one line.
    text = "\n".join(lines).replace(" %", PERCENT)
    if len(rows) <= LONG:
        return markdown(text)
    summary = f"<summary>Show the table ({len(rows)} rows)</summary>"
    return markdown(f'<details class="long-table">{summary}\n\n{text}\n\n</details>')


def by_kind(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of concepts by kind, ours first; as they are where all are of one."""
    kinds = rows["concept"].map(kind_of)
    if kinds.nunique() < 2:
        return rows
    return rows.assign(**{KIND: kinds}).sort_values(
        KIND, key=lambda kind: kind.map(KINDS.index), kind="stable"
    )


def escaped(text: Any) -> str:
    """Somebody else's words as plain text: nothing in them is taken for Markdown or HTML."""
    if not isinstance(text, str):
        return "–"
    one_line = " ".join(text.split())
    return "".join(f"&#{ord(mark)};" if mark in SPECIAL else mark for mark in one_line)
