"""Results of the form `said`, crossed vectors and replies, from slopes that the test chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from steering.analysis.answering import answering
from steering.analysis.curves import curve_table, select
from steering.records.crossed import CONTRACT
from steering.records.directions import CROSSED
from steering.records.replies import CONTRACT as REPLIES
from steering.records.results import Results
from steering.records.tables import CONTRACTS
from tests.support.synthetic import standard

REQUESTS = 12
PARTNER = 1000  # the negative statement of a pair is so many rows behind the positive one


def spoken(measured: Results, requests: int = REQUESTS) -> Results:
    """The same results as of pairs of texts: without letters, and requests shared out in turn."""

    def of(table: pd.DataFrame) -> pd.DataFrame:
        one = table[table["order"] == 0].reset_index(drop=True)
        asked = "request-" + (one["item"] % requests).astype(str).str.zfill(2)
        return one.assign(form="said", request=asked, partner=one["item"] + PARTNER)

    nothing = pd.Series([None] * len(of(measured.prompts)), dtype="str")
    tables = {
        "prompts": of(measured.prompts).assign(
            positive_letter=nothing,
            positive_is_yes=pd.NA,
            positive_letter_id=-1,
            negative_letter_id=-1,
        ),
        "sweep": of(measured.sweep),
        "steerability": of(measured.steerability),
    }
    tables["prompts"] = tables["prompts"].astype({"positive_is_yes": "boolean"})
    checked = {name: CONTRACTS[name].validate(table) for name, table in tables.items()}
    cards: Any = tuple({**card, "form": "said"} for card in measured.cards)
    return replace(measured, **checked, cards=cards)


@cache
def spoken_results() -> Results:
    """`standard`, said; do not change what it returns."""
    return spoken(standard())


@cache
def spoken_curves() -> pd.DataFrame:
    """All test curves of it at the chosen layer."""
    return curve_table(spoken_results())


@cache
def spoken_answers() -> pd.DataFrame:
    """Whether it says what it is asked to."""
    return answering(spoken_results())


def crossed_of(
    curves: pd.DataFrame, does: Mapping[str, tuple[float, float]], noise: float = 0.0
) -> pd.DataFrame:
    """What the vector of the other form does: by concept, a share of the own slopes and a shift."""
    own = select(curves, prompt_setting=None)
    own = own[own["concept"].isin(list(does))]
    share, shift = (
        own["concept"].map({name: two[at] for name, two in does.items()}) for at in (0, 1)
    )
    apart = np.random.default_rng(5).normal(0, noise, len(own))
    slopes = share * own["steerability"] + shift + apart
    return own.assign(direction=CROSSED, steerability=slopes)[[*CONTRACT.columns]]


def replies_of(
    concept: str,
    slope: float,
    *,
    questions: int = 16,
    random_vectors: int = 10,
    random_sd: float = 0.02,
    noise: float = 0.05,
    multipliers: tuple[float, ...] = (-1.5, -1.0, 0.0, 1.0, 1.5),
) -> pd.DataFrame:
    """Two replies to each question and λ, whose score rises by so much a unit of λ."""
    draw = np.random.default_rng(8)
    parts = [("contrastive", 0, slope, multipliers)]
    ends = (multipliers[0], multipliers[-1])
    parts += [
        ("random", number, float(one), ends)
        for number, one in enumerate(draw.normal(0, random_sd, random_vectors))
    ]
    rows = [
        (direction, number, item, by, sample, of * by + draw.normal(0, noise))
        for direction, number, of, some in parts
        for item in range(questions)
        for by in some
        for sample in (0, 1)
    ]
    names = ["direction", "number", "item", "multiplier", "sample", "positive"]
    table = pd.DataFrame(rows, columns=names)
    table = table.assign(model="wren", concept=concept, order=table["item"] % 2, tokens=20)
    table = table.assign(negative=-2.0, positive=table["positive"] - 2.0, repeated=0.1, text="So.")
    return REPLIES.validate(table[[*REPLIES.columns]])
