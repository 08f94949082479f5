"""Published and measured points lie in the same axes, and are told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

from steering.analysis import published
from steering.analysis.across import between_models
from steering.figures import published as figures
from steering.figures.concept_link import concept_address

BOTH = (published.LLAMA, published.QWEN)


def drawn(ax: Axes) -> dict[str, tuple[np.ndarray, bool]]:
    """Each model's points, and whether they are hollow."""
    found = {}
    for one in dots_of(ax):
        found[str(one.get_label())] = np.asarray(one.get_offsets()), not len(one.get_facecolor())
    return found


def dots_of(ax: Axes) -> list[PathCollection]:
    return [one for one in ax.collections if isinstance(one, PathCollection)]


@pytest.fixture
def means() -> pd.DataFrame:
    theirs = published.steerability()
    mine = theirs[theirs["model"] == published.QWEN].head(6).assign(model="mine")
    mine = pd.concat([mine.assign(shift=shift) for shift in theirs["shift"].unique()])
    return pd.concat([theirs, mine.assign(low=mine["mean"] - 0.5, high=mine["mean"] + 0.5)])


def test_figure_5_has_a_panel_for_each_shift_and_all_models_in_each(means: pd.DataFrame) -> None:
    shifted = published.in_and_out(means)
    figure = figures.shifts_beside(shifted, BOTH)
    panels = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_title(loc="left") for ax in panels] == list(published.AWAY)
    for ax in panels:
        found = drawn(ax)
        assert {name: hollow for name, (_, hollow) in found.items()} == {
            published.LLAMA: True,
            published.QWEN: True,
            "mine": False,
        }
        part = shifted[shifted["shift"] == ax.get_title(loc="left")]
        mine = part.loc[part["model"] == "mine", ["in_distribution", "out_of_distribution"]]
        assert found["mine"][0] == pytest.approx(mine.to_numpy())


def test_figure_6_holds_every_other_model_against_one(means: pd.DataFrame) -> None:
    pairs = between_models(means)
    pairs = pairs[pairs["model_x"] == published.LLAMA]
    figure = figures.models_against(pairs, BOTH, ("BASE→BASE", "SYS_POS→USER_NEG"))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["BASE→BASE", "SYS_POS→USER_NEG"]
    home = drawn(figure.axes[0])
    assert {name: len(points) for name, (points, _) in home.items()}[published.QWEN] == 38
    assert set(home) == {published.QWEN, "mine"}


def test_anti_steerable_shares_are_the_published_ones() -> None:
    items = published.items()
    columns = ["model", "concept", *items.filter(like="anti"), "anti_steerable_low"]
    nothing = pd.DataFrame(columns=[*columns, "anti_steerable_high"])
    ax = figures.anti_steerable_rates(items, published.beside(items, nothing))
    points, hollow = drawn(ax)["published"]
    assert hollow
    assert sorted(points[:, 0]) == pytest.approx(sorted(100 * items["anti_steerable"]))
    assert ax.get_legend() is None


def test_measured_shares_lie_on_the_rows_of_their_data_sets() -> None:
    items = published.items()
    concepts = ["narcissism", "interest-in-music"]
    found = pd.DataFrame(
        {
            "model": ["mine", "mine", "other"],
            "concept": [*concepts, "narcissism"],
            "anti_steerable": [0.2, 0.1, 0.7],
            "anti_steerable_low": [0.1, 0.0, 0.6],
            "anti_steerable_high": [0.4, 0.3, 0.9],
        }
    )
    ax = figures.anti_steerable_rates(items, published.beside(items, found))
    names = [label.get_text() for label in ax.get_yticklabels()]
    points = {name: xy for name, (xy, _) in drawn(ax).items()}
    assert set(points) == {"published", "mine", "other"}
    shown = {names[round(y)]: x for x, y in points["mine"]}
    assert shown == pytest.approx({"narcissism": 20, "interest-in-music": 10})
    assert [names[round(y)] for _, y in points["other"]] == ["narcissism"]
    assert ax.get_xlim()[1] == pytest.approx(90)
    assert ax.get_legend() is not None


def test_every_dot_leads_to_the_page_of_its_concept(means: pd.DataFrame) -> None:
    shifted = published.in_and_out(means)
    one = shifted[shifted["shift"] == shifted["shift"].iloc[0]]
    ends = ("in_distribution", "in_low", "in_high")
    others = ("out_of_distribution", "out_low", "out_high")
    for dots in dots_of(figures.models_beside(one, ends, others, BOTH)):
        part = one[one["model"] == dots.get_label()]
        assert dots.get_urls() == [concept_address(concept) for concept in part["concept"]]
    items = published.items()
    nothing = pd.DataFrame(columns=["model", "concept", "anti_steerable"])
    nothing = nothing.assign(anti_steerable_low=0.0, anti_steerable_high=0.0)
    (dots,) = dots_of(figures.anti_steerable_rates(items, published.beside(items, nothing)))
    known = items.sort_values("anti_steerable")["concept"]
    assert known.isna().any(), "the figure does not say of all which set they are"
    assert dots.get_urls() == [concept_address(one) if pd.notna(one) else "" for one in known]
