"""One look for every figure: colours that stay apart, type that a phone shows, rows in order."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from matplotlib import colors
from matplotlib import pyplot as plt

from steering.clone import book_folder
from steering.figures import theme
from steering.figures.theme import (
    DIRECTION_COLOURS,
    PALETTE,
    SETTING_COLOURS,
    VARIABLES,
    axes,
    concept_styles,
    name_of,
    number,
    rows_of,
    symmetric,
    whiskers,
)
from steering.figures.widths import PHONE
from steering.records.kinds import OURS, PUBLIC, YOURS
from steering.records.tables import SETTINGS

# Machado, Oliveira and Fernandes (2009), severity 1, for linear sRGB.
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)


def seen(colour: str) -> tuple[float, ...]:
    """A colour as someone without green cones sees it."""
    linear = [
        ((c + 0.055) / 1.055) ** 2.4 if c > 0.04 else c / 12.92 for c in colors.to_rgb(colour)
    ]
    light = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in DEUTERANOPIA]
    return tuple(max(c, 0) ** (1 / 2.4) for c in light)


def test_every_setting_has_a_colour_of_its_own() -> None:
    assert tuple(SETTING_COLOURS) == SETTINGS
    assert len(set(SETTING_COLOURS.values())) == len(SETTINGS)
    assert len(set(DIRECTION_COLOURS.values())) == len(DIRECTION_COLOURS)


def of_page(mode: str) -> dict[str, str]:
    """The colour that a page of that mode shows for each of ours."""
    css = (book_folder() / "vendor" / "steering.css").read_text()
    start = {"light": ":root {", "dark": 'html[data-theme="dark"] {\n  --figure'}[mode]
    block = css[css.index(start) :].partition("}")[0]
    shown = dict(re.findall(r"--figure-([a-z]+): (#[0-9a-f]{6});", block))
    assert set(shown) == set(VARIABLES.values())
    return {colour: shown[name] for colour, name in VARIABLES.items()}


MODES = {"as drawn": None, "light": of_page("light"), "dark": of_page("dark")}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("palette", [PALETTE, tuple(SETTING_COLOURS.values())])
def test_colours_stay_apart_without_green_cones(palette: tuple[str, ...], mode: str) -> None:
    shown = [(MODES[mode] or {}).get(colour, colour) for colour in palette]
    for place, one in enumerate(shown):
        for other in shown[place + 1 :]:
            assert math.dist(seen(one), seen(other)) > 0.15, (one, other)


def luminance(colour: str) -> float:
    linear = [
        ((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in colors.to_rgb(colour)
    ]
    return sum(part * of for part, of in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_marks_stand_out_from_the_page(mode: str) -> None:
    """WCAG: 4.5 for text, 3 for marks. The theme's grounds are white and #14181e."""
    shown = MODES[mode] or {}
    assert shown[theme.WHITE] == {"light": "#ffffff", "dark": "#14181e"}[mode]
    ground = luminance(shown[theme.WHITE])

    def contrast(colour: str) -> float:
        dark, light = sorted([luminance(shown[colour]), ground])
        return (light + 0.05) / (dark + 0.05)

    assert contrast(theme.BLACK) >= 4.5
    marks = {colour: contrast(colour) for colour in (*PALETTE, theme.GREY, theme.YELLOW)}
    assert {colour: ratio for colour, ratio in marks.items() if ratio < 3} == {}
    # What lies behind marks and rules is fainter than any mark.
    assert max(map(contrast, (theme.PALE, theme.GRID))) < 2


def test_type_is_large_enough_on_a_phone() -> None:
    # A phone of 375 pixels leaves about 342 for a picture.
    smallest = min(
        plt.rcParams[name]
        for name in ("font.size", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    )
    assert smallest * 96 / 72 * 342 / (PHONE * 96) >= 11


def test_axes_given_are_used_and_none_makes_a_figure() -> None:
    ax = plt.subplots()[1]
    assert axes(ax) is ax
    assert axes(None, width=3, height=2).figure.get_size_inches().tolist() == [3, 2]


def test_a_concepts_name_becomes_words_in_lines() -> None:
    assert name_of("believes-abortion-should-be-illegal") == "believes abortion\nshould be illegal"
    assert name_of("") == ""


def test_the_longest_public_name_takes_two_lines() -> None:
    name = "believes-AIs-are-not-an-existential-threat-to-humanity"
    assert name_of(name) == "believes AIs are not an\nexistential threat to humanity"
    words = name_of("a" * 60 + "-b-c-d")  # a word can be longer than the line
    assert words.count("\n") <= 1


def test_styles_repeat_only_when_there_are_more_than_seven() -> None:
    styles = concept_styles(f"c{n}" for n in range(7))
    assert len(set(styles.values())) == 7
    assert len(concept_styles(f"c{n}" for n in range(40))) == 40


def test_whiskers_reach_from_the_middle_and_vanish_where_unknown() -> None:
    table = pd.DataFrame({"mean": [1.0, 1.0], "low": [0.5, float("nan")], "high": [3.0, None]})
    assert whiskers(table, "mean", "low", "high") == [[0.5, 0], [2.0, 0]]


def test_rows_start_at_the_top() -> None:
    ax = plt.subplots()[1]
    assert rows_of(["a", "b"], ax) == {"a": 0, "b": 1}
    low, high = ax.get_ylim()
    assert (low > 1, high < 0) == (True, True)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "places", "text"), [(-0.004, 2, "0.00"), (-1.5, 1, "−1.5"), (2.0, 0, "2")]
)
def test_numbers_have_a_true_minus_and_no_minus_zero(value: float, places: int, text: str) -> None:
    assert number(value, places) == text


def test_a_colour_scale_has_zero_in_its_middle() -> None:
    assert symmetric(pd.Series([-3.0, 1.0])) == {"vmin": -3.0, "vmax": 3.0}
    assert symmetric(pd.Series([0.0])) == {"vmin": -1.0, "vmax": 1.0}


def test_rows_are_grouped_by_kind_only_where_there_are_several() -> None:
    assert theme.grouped({"tidy": OURS, "frugal": OURS}) == ["tidy", "frugal"]
    assert theme.grouped({"b": YOURS, "a": YOURS}) == ["b", "a"]
    found = theme.grouped({"openness": PUBLIC, "tidy": OURS, "mine": YOURS, "frugal": OURS})
    assert found == [OURS, "tidy", "frugal", PUBLIC, "openness", YOURS, "mine"]
    ax = theme.axes(None)
    assert theme.rows_of(found, ax) == {name: row for row, name in enumerate(found)}
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_weight() == "bold"]
    assert bold == [OURS, PUBLIC, YOURS]


def test_many_rows_stand_closer_and_have_their_scale_above_too() -> None:
    assert theme.height_of(6, 0.62) == pytest.approx(6 * 0.62)
    heights = [theme.height_of(rows, 0.62) for rows in range(1, 60)]
    assert heights == sorted(heights)
    assert theme.height_of(29, 0.62) < 0.7 * 29 * 0.62
    assert theme.height_of(29, 0.5) >= 0.4 * 29  # room for two lines
    for rows, above in ((6, False), (29, True)):
        ax = theme.axes(None)
        theme.rows_of([f"c{row}" for row in range(rows)], ax)
        assert ax.xaxis.get_tick_params()["labeltop"] == above


def test_the_users_own_style_changes_no_figure() -> None:
    theme.use_theme()
    ours = plt.rcParams.copy()
    with plt.style.context("dark_background"):
        plt.rcParams.update({"text.usetex": True, "lines.linewidth": 9})
        theme.use_theme()
        assert plt.rcParams.copy() == ours
    theme.use_theme()
