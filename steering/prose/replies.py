"""The table of replies that a steered model writes."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.stand_ins import WORDLESS
from steering.prose.words import (
    Column,
    Row,
    escaped,
    markdown,
    number,
    table,
)


def replies(card: Row) -> Markdown:
    """Return the replies side by side: a row for each multiplier, a column for each item."""
    written = pd.DataFrame(card.get("generations", []))
    if written.empty and card.get("committed"):
        return markdown(f"Replies are left out: {WORDLESS}.")
    if written.empty:
        return markdown("No replies were written in this run.")
    written["column"] = [f"“{escaped(text)}”" for text in written["statement"]]
    columns: dict[str, Column] = {"λ": lambda row: number(row["multiplier"])}
    columns |= {name: name for name in written["column"].unique()}
    written["text"] = written["text"].map(escaped)
    key = ["multiplier", "column"]
    side = written.drop_duplicates(key).set_index(key)["text"].unstack().fillna("–")
    return table(side.reset_index(), columns)
