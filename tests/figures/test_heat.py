"""A map of cells: every value in its place, zero in the middle, numbers that can be read."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from steering.figures.heat import cells
from steering.figures.theme import BLACK
from steering.figures.widths import on_a_phone


def test_values_stand_in_their_cells_and_missing_ones_are_empty() -> None:
    table = pd.DataFrame({"x": [2.0, -1.0], "y": [np.nan, 0.5]}, index=["one", "two"])
    ax = plt.subplots()[1]
    mesh = cells(ax, table, label="slope", written="{:.1f}".format)
    shown = np.ma.filled(mesh.get_array(), np.nan).reshape(2, 2)
    assert np.array_equal(shown, table.to_numpy(), equal_nan=True)
    assert mesh.get_clim() == (-2, 2)
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(0.5, 0.5): "2.0", (0.5, 1.5): "-1.0", (1.5, 1.5): "0.5"}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    assert ax.get_ylim() == (2, 0)


def luminance(colour: object) -> float:
    parts = np.asarray(to_rgb(colour))
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_numbers_can_be_read_on_every_colour() -> None:
    table = pd.DataFrame([np.linspace(-3, 3, 61)])
    ax = plt.subplots()[1]
    mesh = cells(ax, table, label="slope", written=str)
    for text, value in zip(ax.texts, table.iloc[0], strict=True):
        behind = luminance(mesh.cmap(mesh.norm(value))[:3])
        dark, light = sorted([luminance(text.get_color()), behind])
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_on_a_phone_the_bar_stands_above_the_cells() -> None:
    with on_a_phone():
        figure, ax = plt.subplots(layout="constrained")
        cells(ax, pd.DataFrame([[1.0, -1.0]]), label="slope")
    figure.canvas.draw()
    bar = figure.axes[1].get_position()
    assert bar.y0 >= ax.get_position().y1


def test_a_mark_where_a_value_is_missing_has_the_ink_of_the_page() -> None:
    table = pd.DataFrame({"a": [np.nan, 1.0]}, index=["x", "y"])
    marks = pd.DataFrame({"a": ["–", "✓"]}, index=["x", "y"])
    ax = plt.subplots()[1]
    cells(ax, table, label="share", marks=marks)
    assert {text.get_text(): text.get_color() for text in ax.texts}["–"] == BLACK
