"""What the explorer's page shows: a script of data for each model and concept, and the list of all.

The page is opened from disk, where a browser reads no file of data, but runs scripts. So the data
are scripts, and one is loaded when its concept is chosen. Numbers are whole multiples of a step,
and the points of a curve their second differences: curves are nearly straight, so these are small.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from steering.analysis.curves import SETTING_PAIR
from steering.analysis.explored import (
    BOTH,
    chance_of_questions,
    curves_of_questions,
    explorable,
    share_reversed,
)
from steering.analysis.verdict.outcomes import QUESTION, STEERING, is_moved, of_claim
from steering.concepts import Concept, statement_hash
from steering.records.results import Results
from steering.records.tables import TODAY

INDEX = "index.json"
ORDERS = (0, 1)
DIGITS = 3  # of propensities, in logits, where slopes are of the usual size
FINEST = 6
R_SQUARED = 1e-3  # the step of R²

_KEPT = ("layer", "date")
_WORDS = ["question", "positive_answer", "negative_answer"]


def question_set(
    results: Results,
    verdicts: pd.DataFrame | None,
    *,
    words: pd.DataFrame | None,
    tokens: Mapping[str, Any] | None,
    about: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the data of one run, and its line in the list of all.

    `verdicts` is the table of verdicts on the model, if there is one. `words` are the question and
    answers by item (`words_of`), `tokens` what `explorer_tokens.shared_tokens` returns; both None
    where the run holds no words. `about` goes into the data as it is.

    The data hold, for each pair of settings, `slopes`, `r_squared`, `planted` and `points`: a value
    for each item and order, item by item. `step` is that of points, `fine` that of all slopes.
    """
    curves = explorable(results)
    rows = curves_of_questions(curves, results.sweep)
    items = sorted(rows["item"].unique())
    digits = digits_of(rows["steerability"])
    step = 10.0**-digits
    card = results.cards[0]
    name = {"model": card["model"]["name"], "concept": card["concept"]["name"]}
    fall, questions = share_reversed(curves)
    data = {
        **name,
        **about,
        **{key: value for key, value in card.items() if key in _KEPT},
        "step": step,
        "multipliers": [float(at) for at in rows.columns if isinstance(at, float)],
        "items": [int(item) for item in items],
        "hashes": hashes_of(results.items, items) if words is None else None,
        "words": None if words is None else words.reindex(items)[_WORDS].to_numpy().tolist(),
        "letters": letters_of(rows, items),
        "outcomes": outcomes_of(verdicts, name, items),
        "reach": reaches_of(chance_of_questions(curves), items, step),
        "pairs": coded(rows, items, step),
        "tokens": tokens,
    }
    counted = {"fall": fall, "questions": questions, "moved": moves(verdicts, name)}
    line = {**name, **about, **counted, "words": words is not None}
    return data, line


def digits_of(slopes: pd.Series) -> int:
    """Return how many digits after the point the points of curves have: three, more for weak ones.

    The largest slope has at least two digits that count, up to six after the point.
    """
    largest = float(slopes.abs().max())
    needed = 2 - math.floor(math.log10(largest)) if largest > 0 else DIGITS
    return min(FINEST, max(DIGITS, needed))


def coded(rows: pd.DataFrame, items: Sequence[int], step: float) -> list[dict[str, Any]]:
    """Return the curves of each pair of settings as whole numbers, None where there is none.

    Planted slopes are written where they differ from those of the pair before.
    """
    pairs = list(rows[SETTING_PAIR].drop_duplicates().itertuples(index=False, name=None))
    index = pd.MultiIndex.from_tuples(
        [(*pair, item, order) for pair in pairs for item in items for order in ORDERS],
        names=[*SETTING_PAIR, "item", "order"],
    )
    curves = rows.set_index(index.names).reindex(index)
    multipliers = [column for column in curves.columns if isinstance(column, float)]
    values = {
        "slopes": whole(curves["steerability"], step),
        "r_squared": whole(curves["r_squared"], R_SQUARED),
        "planted": whole(curves["planted_steerability"], step),
    }
    points = bent(curves[multipliers].to_numpy(dtype=float), step)
    size = len(items) * len(ORDERS)
    coded_pairs = []
    planted: list[int | None] = [None] * size
    for at, (vector, prompt) in enumerate(pairs):
        part = slice(at * size, (at + 1) * size)
        one = {"vector": vector, "prompt": prompt, "points": points[part]}
        one |= {name: values[name][part] for name in ("slopes", "r_squared")}
        if values["planted"][part] != planted:
            one["planted"] = planted = values["planted"][part]
        coded_pairs.append(one)
    return coded_pairs


def whole(values: Any, step: float) -> list[int | None]:
    """Return values as multiples of a step, at most half a step away; None for what is missing."""
    numbers = np.rint(np.asarray(values, dtype=float) / step)
    return [None if math.isnan(number) else int(number) for number in numbers.tolist()]


def bent(values: np.ndarray, step: float) -> list[list[int] | None]:
    """Return each row as its first number, the first difference, and second differences.

    Numbers are multiples of a step. A row that lacks a value is None.
    """
    numbers = np.rint(values / step)
    parts = numbers[:, :1], np.diff(numbers)[:, :1], np.diff(numbers, 2)
    rows = np.concatenate(parts, axis=1)
    lacking = np.isnan(rows).any(axis=1).tolist()
    exact = np.nan_to_num(rows).astype(np.int64).tolist()
    return [None if gap else row for gap, row in zip(lacking, exact, strict=True)]


def hashes_of(items: pd.DataFrame, chosen: Sequence[int]) -> list[str]:
    """Return the beginning of the hash of each item's statement, which stands for its words."""
    return [str(one)[:12] for one in items.set_index("item")["statement_hash"].loc[[*chosen]]]


def letters_of(rows: pd.DataFrame, items: Sequence[int]) -> str:
    """Return the letter of the positive answer in order 0 of each item; "-" where there is none."""
    first = rows[rows["order"] == 0].drop_duplicates("item").set_index("item")["positive_letter"]
    return "".join(str(one) if pd.notna(one) else "-" for one in first.reindex([*items]))


def outcomes_of(
    verdicts: pd.DataFrame | None, name: Mapping[str, str], items: Sequence[int]
) -> list[str | None] | None:
    """Return the verdict on each question, BASE→BASE; None where nothing was judged."""
    if verdicts is None:
        return None
    rows = _judged(verdicts, QUESTION, name)
    judged = dict(zip(rows["subject"].astype(int), rows["outcome"], strict=True))
    return [judged.get(item) for item in items] if judged else None


def moves(verdicts: pd.DataFrame | None, name: Mapping[str, str]) -> bool | None:
    """Return whether the verdict is that the vector moves the answer; None where there is none."""
    rows = pd.DataFrame() if verdicts is None else _judged(verdicts, STEERING, name)
    return None if rows.empty else bool(is_moved(rows["outcome"]).all())


def _judged(verdicts: pd.DataFrame, claim: str, name: Mapping[str, str]) -> pd.DataFrame:
    """Return the verdicts of one claim on one concept in one model, asked by letters."""
    rows = of_claim(verdicts, claim)
    own = (rows["model"] == name["model"]) & (rows["concept"] == name["concept"])
    return rows[own & (rows["form"] == TODAY["form"])]


def reaches_of(chance: pd.DataFrame, items: Sequence[int], step: float) -> dict[str, Any]:
    """Return by prompt setting how far random vectors reach: in each order, then in their mean."""
    every = pd.MultiIndex.from_product([items, (*ORDERS, BOTH)], names=["item", "order"])
    return {
        str(setting): whole(part.set_index(["item", "order"])["reach"].reindex(every), step)
        for setting, part in chance.groupby("prompt_setting", sort=False)
    }


def words_of(items: pd.DataFrame, concept: Concept | None) -> pd.DataFrame | None:
    """Return the question and both answers of each item; None where nobody here has the words.

    Our own committed runs hold none, since their concepts ship beside them: `concept` is that one,
    and an item's words are taken where the hash of its statement is that of the run.
    """
    if (items["question"] != "").any():
        return items.drop_duplicates("item").set_index("item")[_WORDS]
    if concept is None:
        return None
    held = dict(zip(items["item"], items["statement_hash"], strict=True))
    rows = [
        (one.item, one.question, one.options[one.positive], one.options[1 - one.positive])
        for one in concept.items
        if held.get(one.item) == statement_hash(one.statement)
    ]
    if len(rows) < len(held):
        return None
    return pd.DataFrame(rows, columns=["item", *_WORDS]).set_index("item")


def script(place: str, data: Mapping[str, Any]) -> str:
    """Return the script that hands the data of one model and concept to the page."""
    return f"explorerData({compact(place)},{compact(data)});\n"


def ordered(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the list of all sets, those with the largest share of falling questions first.

    Those whose vector moves the answer come before all others, of which half fall by chance.
    """

    def place(one: Mapping[str, Any]) -> tuple[bool, float, str, str]:
        fall = one["fall"] / max(1, one["questions"])
        return not one["moved"], -fall, str(one["concept"]).casefold(), str(one["model"])

    return sorted(lines, key=place)


def index_script(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return the script of the list of all sets."""
    return f"explorerSets({compact(ordered(lines))});\n"


def compact(value: Any) -> str:
    """Return a value as JSON that may stand in a script."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("</", "<\\/")
