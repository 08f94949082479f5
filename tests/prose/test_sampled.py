"""Sentences and the table about sampled replies: counts and numbers that were put in."""

from __future__ import annotations

import pandas as pd

from steering.analysis.replies import score_slopes
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, TOO_LITTLE, WRONG_WAY
from steering.prose.sampled import fooled_sentence, reply_sentences, reply_table
from steering.prose.words import number
from steering.records.kinds import OURS, PUBLIC
from tests.support.many import verdicts
from tests.support.spoken import replies_of


def replied() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Verdicts on replies, and the slopes of their scores."""
    kinds = {"tidy": OURS, "frugal": OURS, "honest": OURS, "openness": PUBLIC}
    told = [MOVES, WRONG_WAY, CHANCE, TOO_LITTLE]
    judged = verdicts(kinds, 0).assign(claim=outcomes.REPLIES, outcome=told, form="said")
    table = pd.concat(
        [replies_of(name, slope) for name, slope in zip(kinds, (0.3, -0.2, 0.0, 0.1), strict=True)]
    )
    table.loc[(table["concept"] == "tidy") & (table["item"] < 8), "repeated"] = 0.9
    slopes = score_slopes(table)
    return judged, slopes.assign(kind=slopes["concept"].map(kinds))


def test_outcomes_of_replies_are_counted_by_kind() -> None:
    judged, slopes = replied()
    text = reply_sentences(judged, slopes)
    ours, public = text.split(" **Public data sets:** ")
    assert ours.startswith(
        "**Concepts of ours:** the score rises with λ on 1 of 3 concepts; it falls on 1; "
        "it cannot be told apart from chance on 1. Slopes, median "
    )
    assert ours.endswith("nats a token per unit of λ.")
    assert "rises with λ on 0 of 1 concepts; there is too little data on 1." in public
    other = judged[judged["claim"] != outcomes.REPLIES]
    assert reply_sentences(other, slopes) == ""


def test_empty_replies_and_loops_are_counted_over_concepts() -> None:
    _, slopes = replied()
    text = fooled_sentence(slopes.assign(empty=[0.0, 0.2, 0.2, 0.0]))
    assert "10\u202f% are empty" in text
    assert "12\u202f% repeat at least half" in text, "half of those of one concept of four"
    assert fooled_sentence(slopes.iloc[:0]) == "No replies were sampled."


def test_the_table_of_replies_has_the_largest_slope_first() -> None:
    judged, slopes = replied()
    text = reply_table(judged, slopes).data
    rows = [line for line in text.splitlines()[2:] if "**" not in line]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == [
        "tidy", "honest", "frugal", "openness",
    ]  # fmt: skip
    cells = [cell.strip() for cell in rows[0].strip("| ").split(" | ")]
    tidy = slopes.set_index("concept").loc["tidy"]
    spread = number(tidy["chance"])
    assert cells[1] == "moves"
    assert cells[2].startswith(number(tidy["slope"]))
    assert cells[3] == f"−{spread} to {spread}"
    assert cells[4] == "0.020"
    assert cells[5] == "160 (16)"
    assert cells[6:] == ["0\u202f%", "50\u202f%"]
