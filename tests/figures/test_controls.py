"""Controls as drawn are controls as measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from steering.analysis.controls import CONTROLS, VECTOR, controls, prompting, vector_means
from steering.figures.controls import (
    NAMES,
    persona_or_vector,
    prompt_against_vector,
    vectors_beside,
    what_is_kept,
)
from tests.support.drawn import points, rows
from tests.support.synthetic import DESIGNS, PERTURBED, SHUFFLED, standard, standard_curves


def one(concept: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    own = standard_curves().query("concept == @concept")
    return controls(own), vector_means(own)


def hollow(ax: Axes) -> int:
    white = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in ax.get_lines()]
    return sum(white)


def test_each_kind_has_a_row_its_mean_and_its_vectors() -> None:
    found, vectors = one("strong")
    ax = vectors_beside(found, vectors)
    assert [row.replace("\n", " ") for row in rows(ax)] == [NAMES[kind] for kind in CONTROLS]
    assert sorted(points(ax, "o", "D", "s", "^")) == sorted(
        (mean, row) for row, mean in enumerate(found["mean"])
    )
    several = vectors[vectors["control"].isin(["perturbed", "shuffled", "random"])]
    ticks = points(ax, "|")
    assert len(ticks) == PERTURBED + SHUFFLED + 20
    assert sorted(x for x, _ in ticks) == sorted(several["mean"])
    assert hollow(ax) == 0


def test_what_may_be_chance_is_hollow() -> None:
    assert hollow(vectors_beside(*one("inert"))) == 1
    found, vectors = one("strong")
    untested = found[found["control"] != "random"]
    assert hollow(vectors_beside(untested, vectors)) == 1


def test_ratios_stand_in_the_rows_of_their_concepts() -> None:
    found = controls(standard_curves())
    ax = what_is_kept(found)
    place = {name: row for row, name in enumerate(rows(ax))}
    assert set(place) == set(DESIGNS)
    drawn = points(ax, "s", "^", "D")
    known = found[found["control"].isin(["perturbed", "other", "planted"])].dropna(subset="ratio")
    assert sorted(x for x, _ in drawn) == sorted(known["ratio"])
    wanted = sorted(zip(known["ratio"], known["concept"].map(place), strict=True))
    for (x, y), (ratio, row) in zip(sorted(drawn), wanted, strict=True):
        assert x == ratio
        assert abs(y - row) < 0.5


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
