from itertools import pairwise

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Text

from steering.figures.phone import LEAST_TYPE, fitted
from steering.figures.widths import PHONE

LONG = "slope under the shift, as a share of what it is in distribution, for every concept"


def axes(columns: int = 1, height: float = 3) -> Axes:
    shape = {"ncols": columns, "squeeze": False, "figsize": (6.4, height)}
    return plt.subplots(**shape, layout="constrained")[1][0][0]


def test_a_figure_becomes_as_narrow_as_a_phone_and_no_type_is_small() -> None:
    ax = axes(height=5)
    ax.text(0.5, 0.5, "tiny", fontsize=4)
    figure = fitted(ax.figure)  # type: ignore[arg-type]
    assert tuple(figure.get_size_inches()) == (PHONE, 5)
    assert min(text.get_fontsize() for text in figure.findobj(Text)) >= LEAST_TYPE
    assert LEAST_TYPE * 96 / 72 * 342 / (96 * PHONE) >= 11


@pytest.mark.parametrize("columns", [1, 2])
def test_labels_and_titles_stay_inside_their_place(columns: int) -> None:
    ax = axes(columns, height=8)
    words = LONG if columns == 1 else LONG.partition(", ")[0]
    ax.set(xlabel=words, title=words)
    ax.set_ylabel(LONG)
    figure = fitted(ax.figure)  # type: ignore[arg-type]
    figure.get_layout_engine().execute(figure)  # type: ignore[union-attr]
    whole = figure.bbox
    texts = [ax.xaxis.label, ax.yaxis.label, ax._left_title]  # type: ignore[attr-defined]
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= whole.x0 - 1
        assert box.x1 <= whole.x1 + 1
        assert LONG.startswith(" ".join(text.get_text().split())), "every word is still there"
    if columns == 2:
        assert ax.xaxis.label.get_window_extent().x1 <= whole.x1 / 2 + 30


def test_numbers_that_touch_are_left_out_by_turns() -> None:
    ax = axes(columns=3)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    figure = fitted(ax.figure)  # type: ignore[arg-type]
    figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0%", "50%", "100%"] or [
        label.get_text() for label in ax.get_xticklabels()
    ] == ["0%", "100%"]
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_names_that_touch_are_all_kept() -> None:
    ax = axes(columns=3)
    names = ["first name", "second name", "third name"]
    ax.set_xticks([0, 0.5, 1], names)
    fitted(ax.figure)  # type: ignore[arg-type]
    assert [label.get_text() for label in ax.get_xticklabels()] == names


def test_what_has_room_is_left_alone() -> None:
    ax = axes()
    ax.set(xlabel="multiplier λ", title="A title")
    fitted(ax.figure)  # type: ignore[arg-type]
    assert ax.get_xlabel() == "multiplier λ"
    assert ax.get_title(loc="left") == "A title"
