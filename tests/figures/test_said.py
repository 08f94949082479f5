"""Figures of what a model says: every mean at its place, full where a verdict says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from steering.analysis.crossed import agreement, crossed_curves
from steering.analysis.replies import score_slopes
from steering.analysis.variability import by_concept, question_slopes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, NO_ANSWER, WRONG_WAY
from steering.figures.said import (
    APART,
    crossed_means,
    rank_agreement,
    reply_slopes,
    said_slopes,
)
from steering.figures.theme import BLUE, ORANGE, SETTING_COLOURS
from steering.records.kinds import OURS, PUBLIC
from tests.support.drawn import bars, labels, points, questions_drawn, same
from tests.support.spoken import crossed_of, replies_of, spoken_curves
from tests.support.synthetic import DESIGNS, standard_curves

DOES = {"strong": (0.5, 0.0), "weak": (-1.0, 0.0), "inert": (0.2, 0.3)}


@pytest.fixture(scope="module")
def agreements() -> pd.DataFrame:
    """Of both forms, in every prompt setting."""
    parts = [
        agreement(crossed_curves(curves, crossed_of(curves, DOES, noise=0.1)))
        for curves in (standard_curves(), spoken_curves())
    ]
    return pd.concat(parts, ignore_index=True)


def judged(outcomes: dict[tuple[str, str, str], str]) -> pd.DataFrame:
    """Verdicts by concept, form and vector; all others are as chance."""
    rows = [
        (name, form, vector, outcomes.get((name, form, vector), CHANCE))
        for name in DOES
        for form in ("chosen", "said")
        for vector in ("chosen", "said")
    ]
    return pd.DataFrame(rows, columns=["concept", "form", "vector", "outcome"])


def dots(ax: Axes, colour: str, *, full: bool) -> list[tuple[float, float]]:
    """The dots of a colour in data units, full or hollow ones."""
    return [
        (float(x), float(y))
        for line in ax.get_lines()
        if line.get_marker() == "o" and to_hex(line.get_color()) == colour.lower()
        and (to_hex(line.get_markerfacecolor()) != "#ffffff") == full
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]  # fmt: skip


def means(table: pd.DataFrame, form: str, value: str) -> dict[str, float]:
    home = table[(table["form"] == form) & (table["prompt_setting"] == "BASE")]
    return {str(name): float(mean) for name, mean in zip(home["concept"], home[value], strict=True)}


def test_both_vectors_stand_beside_each_other_on_the_questions_of_either_form(
    agreements: pd.DataFrame,
) -> None:
    home = agreements[agreements["prompt_setting"] == "BASE"]
    moved = {("strong", "chosen", "said"): MOVES, ("weak", "said", "said"): WRONG_WAY}
    moved |= {("inert", "said", "chosen"): NO_ANSWER}
    left, right = crossed_means(home, judged(moved)).axes
    assert left.get_title(loc="left") == "questions with letters"
    assert right.get_title(loc="left") == "what the model says"
    assert "logits" in left.get_xlabel()
    assert "nats" in right.get_xlabel()
    place = {name: row for row, name in enumerate(labels(left))}
    assert set(place) == set(DOES)
    # Blue is the vector read at the letter, above; orange that read over the reply, below.
    for ax, form in ((left, "chosen"), (right, "said")):
        for vector, colour, shift in (("chosen", BLUE, -APART), ("said", ORANGE, APART)):
            value = "own" if vector == form else "crossed"
            wanted = {n: (x, place[n] + shift) for n, x in means(home, form, value).items()}
            full = {n for n in DOES if moved.get((n, form, vector)) in (MOVES, WRONG_WAY)}
            assert same(dots(ax, colour, full=True), [wanted[n] for n in full])
            assert same(dots(ax, colour, full=False), [wanted[n] for n in set(DOES) - full])
    lengths = [
        row[f"{value}_high"] - row[f"{value}_low"]
        for row in home[home["form"] == "said"].to_dict("records")
        for value in ("own", "crossed")
    ]
    assert sorted(bars(right)) == pytest.approx(sorted(lengths))


def test_concepts_stand_by_what_their_own_vector_does(agreements: pd.DataFrame) -> None:
    home = agreements[agreements["prompt_setting"] == "BASE"]
    ax = crossed_means(home, judged({})).axes[0]
    assert labels(ax) == ["strong", "weak", "inert"]
    kinds = home.assign(kind=np.where(home["concept"] == "inert", OURS, PUBLIC))
    assert labels(crossed_means(kinds, judged({})).axes[0]) == [
        OURS, "inert", PUBLIC, "strong", "weak",
    ]  # fmt: skip


def test_a_form_that_was_not_tried_has_no_column(agreements: pd.DataFrame) -> None:
    said = agreements[(agreements["form"] == "said") & (agreements["prompt_setting"] == "BASE")]
    for figure in (crossed_means(said, judged({})), rank_agreement(said)):
        assert [ax.get_title(loc="left") for ax in figure.axes] == ["what the model says"]
        figure.draw_without_rendering()


def test_rank_correlations_of_base_are_large_and_of_other_settings_small(
    agreements: pd.DataFrame,
) -> None:
    figure = rank_agreement(agreements)
    for ax, form in zip(figure.axes, ("chosen", "said"), strict=True):
        place = {name: row for row, name in enumerate(labels(figure.axes[0]))}
        part = agreements[agreements["form"] == form]
        home = part["prompt_setting"] == "BASE"
        rows = [(row["rho"], place[row["concept"]]) for row in part[home].to_dict("records")]
        assert same(points(ax, "o"), rows)
        away = [(row["rho"], place[row["concept"]]) for row in part[~home].to_dict("records")]
        assert same(points(ax, "."), away)
        assert sorted(bars(ax)) == pytest.approx(
            sorted(part.loc[home, "rho_high"] - part.loc[home, "rho_low"])
        )
        assert ax.get_xlim() == (-1.05, 1.05)
        small = {to_hex(one.get_color()) for one in ax.get_lines() if one.get_marker() == "."}
        assert small == {one.lower() for n, one in SETTING_COLOURS.items() if n != "BASE"}
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == list(SETTING_COLOURS)


def test_a_correlation_that_is_not_known_leaves_its_row_empty(agreements: pd.DataFrame) -> None:
    unknown = agreements["concept"] == "weak"
    table = agreements.assign(rho=agreements["rho"].where(~unknown))
    ax = rank_agreement(table).axes[0]
    row = labels(ax).index("weak")
    assert row not in {y for _, y in points(ax, "o", ".")}
    assert len(points(ax, "o")) == 2


def test_the_score_of_replies_has_its_mean_interval_and_chance() -> None:
    slopes = {"tidy": 0.3, "frugal": -0.2, "honest": 0.05}
    replies = pd.concat([replies_of(name, one) for name, one in slopes.items()], ignore_index=True)
    table = score_slopes(replies).assign(kind=OURS)
    verdicts = pd.DataFrame({"concept": list(slopes), "outcome": [MOVES, CHANCE, WRONG_WAY]})
    ax = reply_slopes(table, verdicts)
    assert labels(ax) == ["tidy", "honest", "frugal"]
    place = {name: row for row, name in enumerate(labels(ax))}
    of = table.set_index("concept")
    assert same(points(ax, "o"), [(of.loc[n, "slope"], place[n]) for n in slopes])
    hollow = dots(ax, "#000000", full=False)
    assert same(hollow, [(of.loc["frugal", "slope"], place["frugal"])])
    bands = {
        round(p.get_y() + p.get_height() / 2): p for p in ax.patches if isinstance(p, Rectangle)
    }
    for name, row in of.iterrows():
        band = bands[place[str(name)]]
        assert band.get_width() == pytest.approx(2 * row["chance"])
        assert band.get_x() == pytest.approx(-row["chance"])
    assert sorted(bars(ax)) == pytest.approx(sorted(of["high"] - of["low"]))
    assert "nats a token" in ax.get_xlabel()


def test_without_random_vectors_there_is_no_band() -> None:
    table = score_slopes(replies_of("tidy", 0.3, random_vectors=0)).assign(kind=OURS)
    verdicts = pd.DataFrame({"concept": ["tidy"], "outcome": [CHANCE]})
    ax = reply_slopes(table, verdicts)
    assert [p.get_width() for p in ax.patches if isinstance(p, Rectangle)] == [0]
    assert len(points(ax, "o")) == 1


def test_slopes_of_pairs_are_in_nats() -> None:
    concepts = by_concept(spoken_curves()).assign(outcome=CHANCE)
    ax = said_slopes(question_slopes(spoken_curves()), concepts)
    assert ax.get_xlabel() == "steerability (nats per unit of λ)"
    assert set(labels(ax)) == set(DESIGNS)
    assert len(points(ax, "o")) == len(DESIGNS)
    questions = question_slopes(spoken_curves())["steerability"]
    drawn = questions_drawn(ax)
    assert sorted(x for _, (x, _), _ in drawn) == pytest.approx(sorted(questions))
    assert {place for _, _, place in drawn} == {""}, "the explorer shows lettered questions alone"
