import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.figures.widths import (
    DESK,
    PHONE,
    across,
    at_any_width,
    drawn_again,
    figure_of,
    narrow,
    on_a_phone,
    width,
)


@at_any_width
def panels(title: str, ax: Axes | None = None) -> Axes:
    """Return axes with a title, of a figure with two panels on a desk."""
    if ax is None:
        several = plt.subplots(ncols=across(2), figsize=(width(), 2), squeeze=False)[1]
        ax = several.flat[0]
    ax.set_title(title)
    return ax


@at_any_width
def both(title: str) -> Figure:
    figure, ax = plt.subplots(figsize=(width(), 1))
    panels(title, ax=ax)
    return figure


def test_a_width_holds_for_a_block_and_ends_with_it() -> None:
    assert (width(), narrow(), across(3, 2)) == (DESK, False, 3)
    with on_a_phone():
        assert (width(), narrow(), across(3, 2)) == (PHONE, True, 2)
    assert width() == DESK


def test_a_figure_is_drawn_again_by_what_drew_it() -> None:
    first = figure_of(panels("said twice"))
    second = drawn_again(first)
    assert second is not None
    assert [len(one.axes) for one in (first, second)] == [2, 1]
    assert second.get_size_inches()[0] == PHONE
    assert second.axes[0].get_title(loc="left") == "said twice"


def test_the_function_called_counts_and_not_those_that_it_calls() -> None:
    again = drawn_again(both("inside"))
    assert again is not None
    assert again.get_size_inches()[1] == 1


def test_who_only_fills_a_panel_does_not_draw_it_again() -> None:
    figure, ax = plt.subplots()
    panels("in a panel", ax=ax)
    assert drawn_again(figure) is None


def test_axes_without_a_figure_are_refused() -> None:
    ax = plt.subplots()[1]
    ax.remove()
    with pytest.raises(ValueError, match="belong to no figure"):
        figure_of(ax)
