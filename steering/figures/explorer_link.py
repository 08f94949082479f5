"""Addresses into the explorer: from a dot that is one question to that question in one click.

An address is written as seen from the book's first folder. When the book is bound,
`steering.report.bound_pages` gives those on pages in deeper folders the way up.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote, urlencode

import pandas as pd

PAGE = "explore.html"
EXPLORE_PLACE = f"{PAGE}#"
PLAIN = "BASE"  # the setting that an address need not name


def link(
    model: str,
    concept: str,
    item: int | None = None,
    *,
    vector: str = PLAIN,
    prompt: str = PLAIN,
    order: int | None = None,
) -> str:
    """Return the fragment of an address in the explorer, such as `model=wren&concept=tidy&item=31`.

    Without `item` it opens all questions of the concept, without `order` both orders of the
    answers. Settings are named where they are not BASE.
    """
    named: dict[str, object] = {"model": model, "concept": concept}
    if item is not None:
        named["item"] = int(item)
    named |= {name: one for name, one in (("vector", vector), ("prompt", prompt)) if one != PLAIN}
    if order is not None:
        named["order"] = int(order)
    return urlencode(named, quote_via=quote)


def address(
    model: str,
    concept: str,
    item: int | None = None,
    *,
    vector: str = PLAIN,
    prompt: str = PLAIN,
    order: int | None = None,
) -> str:
    """Return the whole address of a question or a concept in the explorer (see `link`)."""
    fragment = link(model, concept, item, vector=vector, prompt=prompt, order=order)
    return EXPLORE_PLACE + fragment


def addresses(table: pd.DataFrame) -> list[str]:
    """Return the address of each row's question, for `set_urls` of a scatter's dots.

    Needs `model` and `concept`; `item`, `order`, `vector_setting` and `prompt_setting` count where
    the table has them.
    """
    columns = {"item": "item", "order": "order"}
    columns |= {"vector_setting": "vector", "prompt_setting": "prompt"}
    present = {column: name for column, name in columns.items() if column in table}
    rows = table[["model", "concept", *present]].rename(columns=present).to_dict("records")
    return [address(**{str(name): value for name, value in row.items()}) for row in rows]


def anchor(words: str, place: str) -> str:
    """Return HTML of a link with these words to an address in the explorer.

    In Markdown it must be HTML: MyST would look for a file of that name while the book is made.
    """
    return f'<a class="to-explorer" href="{escape(place)}">{escape(words)}</a>'
