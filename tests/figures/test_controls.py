"""Controls as drawn are controls as measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from steering.analysis.controls import CONTROLS, VECTOR, controls, prompting, vector_means
from steering.analysis.verdict.outcomes import MOVES, NO_ANSWER, TOO_LITTLE, WRONG_WAY
from steering.analysis.verdict.table import with_outcomes
from steering.figures.controls import (
    NAMES,
    persona_or_vector,
    prompt_against_vector,
    vectors_beside,
)
from tests.support.drawn import points, rows
from tests.support.synthetic import DESIGNS, SHUFFLED, standard, standard_curves, standard_verdicts


def one(concept: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    own = standard_curves().query("concept == @concept")
    return with_outcomes(controls(own), standard_verdicts()), vector_means(own)


def hollow(ax: Axes) -> int:
    white = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in ax.get_lines()]
    return sum(white)


def test_each_kind_has_a_row_its_mean_and_its_vectors() -> None:
    found, vectors = one("strong")
    ax = vectors_beside(found, vectors)
    assert [row.replace("\n", " ") for row in rows(ax)] == [NAMES[kind] for kind in CONTROLS]
    assert sorted(points(ax, "o", "D", "^")) == sorted(
        (mean, row) for row, mean in enumerate(found["mean"])
    )
    several = vectors[vectors["control"].isin(["shuffled", "random"])]
    ticks = points(ax, "|")
    assert len(ticks) == SHUFFLED + 20
    assert sorted(x for x, _ in ticks) == sorted(several["mean"])
    assert hollow(ax) == 0


def test_the_vectors_dot_is_hollow_by_the_verdict() -> None:
    assert hollow(vectors_beside(*one("inert"))) == 1
    found, vectors = one("strong")
    for outcome, empty in ((MOVES, 0), (WRONG_WAY, 0), (NO_ANSWER, 1), (TOO_LITTLE, 1)):
        assert hollow(vectors_beside(found.assign(outcome=outcome), vectors)) == empty


def test_prompts_and_the_vector_are_told_apart() -> None:
    told = prompting(standard_curves(), standard())
    ax = prompt_against_vector(told)
    vector = told[told["means"] == VECTOR]
    assert sorted(x for x, _ in points(ax, "D")) == sorted(vector["mean"])
    assert len(points(ax, "o")) == 4 * len(DESIGNS)
    ax = persona_or_vector(told[told["concept"] == "weak"])
    assert rows(ax) == [
        *("SYS_POS", "USER_POS", "vector, λ = 1"),
        *("SYS_NEG", "USER_NEG", "vector, λ = −1"),
    ]
    assert np.all(np.diff([y for _, y in points(ax, "o", "D")]) == 1)


def test_where_nothing_was_measured_the_figure_says_so() -> None:
    none = prompting(standard_curves(), standard()).iloc[:0]
    for draw in (prompt_against_vector, persona_or_vector):
        assert "neither a persona" in draw(none).texts[0].get_text()
