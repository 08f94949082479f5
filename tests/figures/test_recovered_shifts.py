"""Ratios and cosines against what was planted: a panel each, and names that can be read."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from steering.analysis.curves import curve_table
from steering.analysis.embedded_model import accuracy, answers, kinds
from steering.analysis.recovered_shifts import setting_ratios, with_cosines
from steering.analysis.similarity import cosines
from steering.figures import embedded_model as drawn
from steering.figures.recovered_shifts import extraction_panels, ratio_panels
from tests.support.drawn import sorted_points
from tests.support.synthetic import Design, results, standard, standard_curves

BRITTLE = {
    "brittle": Design(1.5, group_sd=0.2, under={"USER_NEG": 0.2}),
    "even": Design(1.5, group_sd=0.2),
}


def names(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_a_setting_has_a_panel_and_what_was_planted_to_change_a_name() -> None:
    ratios = setting_ratios(curve_table(results(BRITTLE)))
    prompts = ratios[ratios["shifted"] == "prompt"]
    figure = ratio_panels(prompts)
    titles = [ax.get_title("left") for ax in figure.axes]
    assert titles == ["SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG"]
    for title, ax in zip(titles, figure.axes, strict=True):
        part = prompts[prompts["setting"] == title]
        assert np.allclose(
            sorted_points(ax), sorted(zip(part["planted"], part["ratio"], strict=True))
        )
        assert names(ax) == (["brittle"] if title == "USER_NEG" else [])


def test_a_concept_off_the_line_is_named_too() -> None:
    ratios = setting_ratios(standard_curves())
    far = (ratios["concept"] == "weak") & (ratios["setting"] == "SYS_POS")
    moved = ratios.assign(ratio=ratios["ratio"].where(~far, 0.5))
    figure = ratio_panels(moved[moved["shifted"] == "prompt"])
    assert names(figure.axes[0]) == ["weak"]


def test_names_do_not_cover_each_other() -> None:
    several = {f"c{number}": Design(1.5, under={"USER_NEG": 0.2}) for number in range(6)}
    ratios = setting_ratios(curve_table(results(several, groups=10)))
    ax = ratio_panels(ratios[ratios["shifted"] == "prompt"]).axes[3]
    heights = sorted(text.xyann[1] for text in ax.texts)
    assert len(heights) == len(several)
    assert min(np.diff(heights)) >= 0.08
    assert max(heights) <= 1


def test_vectors_of_other_settings_have_a_slope_and_a_cosine() -> None:
    made = cosines(standard().cards)
    truth = made[["concept", "vector_setting", "layer"]].assign(planted_cosine=1.0)
    vectors = with_cosines(setting_ratios(standard_curves()), made, truth)
    left, right = extraction_panels(vectors).axes
    assert np.allclose(
        sorted_points(left), sorted(zip(vectors["planted"], vectors["ratio"], strict=True))
    )
    assert {y for _, y in sorted_points(right)} == {0.95, 0.92, 0.97, 0.9}
    assert not extraction_panels(vectors.assign(planted_cosine=np.nan)).axes[1].get_visible()


def test_one_concept_alone_can_be_drawn() -> None:
    one = {"brittle": BRITTLE["brittle"]}
    whole = results(one)
    ratios = setting_ratios(curve_table(whole))
    ratio_panels(ratios[ratios["shifted"] == "prompt"]).draw_without_rendering()
    extraction_panels(with_cosines(ratios, cosines(whole.cards))).draw_without_rendering()
    cells = accuracy(answers(whole, kinds(whole, [])), ["kind", "concept", "prompt_setting"])
    assert len(drawn.accuracy_map(cells).get_yticklabels()) == 1
