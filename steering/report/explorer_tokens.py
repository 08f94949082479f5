"""The tokens of prompts for the explorer, in little room: what prompts share is written once.

All prompts of a setting begin and end alike, and what stands between (the question and its choices)
is the same in every setting. So a setting has a head and a tail, and a question in an order has a
middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import pandas as pd

from steering.prompts.token_texts import token_texts


def shared_tokens(prompts: pd.DataFrame, file: Path | None) -> dict[str, Any] | None:
    """Return the tokens of one run's prompts; None where the run holds no words.

    `prompts` are rows of the table of that name. The result holds `texts` (each token's text once;
    all else are places in it), `own` (whether these are the model's tokens), `settings` (for each
    prompt setting its `head`, `tail`, and the number of tokens from the end that are `steered`),
    `middles` (by item and order, as "31/0"), and `others`: where a middle differs between settings,
    the one that differs, as "USER_NEG/31/0".
    """
    there = prompts[prompts["text"] != ""].sort_values(["prompt_setting", "item", "order"])
    if there.empty:
        return None
    pieces, own = token_texts(there["text"].tolist(), there["token_ids"].tolist(), file)
    places: dict[str, int] = {}
    coded = [[places.setdefault(text, len(places)) for text in one] for one in pieces]
    key = there[["prompt_setting", "item", "order"]].reset_index(drop=True)
    steered = (there["token_ids"].map(len) - there["steered_from"]).reset_index(drop=True)
    settings: dict[str, Any] = {}
    middles: dict[str, list[int]] = {}
    others: dict[str, list[int]] = {}
    for setting, rows in key.groupby("prompt_setting", sort=False):
        of_setting = [coded[row] for row in rows.index]
        head, tail = ends_of(of_setting)
        last = set(steered[rows.index])
        settings[str(setting)] = {"head": head, "tail": tail, "steered": int(min(last))}
        for row, item, order in rows[["item", "order"]].itertuples():
            middle = coded[row][len(head) : len(coded[row]) - len(tail)]
            if middles.setdefault(f"{item}/{order}", middle) != middle:
                others[f"{setting}/{item}/{order}"] = middle
    named = {"texts": [*places], "own": own, "settings": settings, "middles": middles}
    return {**named, "others": others}


def ends_of(lists: Sequence[list[int]]) -> tuple[list[int], list[int]]:
    """Return what several lists begin with and end with alike; the two do not overlap in any."""
    head = _alike(lists)
    rest = [one[len(head) :][::-1] for one in lists]
    return head, _alike(rest)[::-1]


def _alike(lists: Sequence[list[int]]) -> list[int]:
    """Return what several lists begin with alike."""
    return [first for first, *_ in takewhile(lambda at: len({*at}) == 1, zip(*lists, strict=False))]
