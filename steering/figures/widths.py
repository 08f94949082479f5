"""How wide a figure is drawn: once for a desk, and again, narrower, for a phone.

A function that draws is marked by `at_any_width`. `captioned` then calls it a second time while
`width()` is that of a phone, so that it can put panels below each other there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

P = ParamSpec("P")
D = TypeVar("D", Figure, Axes)

DESK = 6.4  # inches: a text column
PHONE = 4.5  # inches, shown at about 342 pixels: type of 10.5 points is then 11 pixels high

_width: ContextVar[float] = ContextVar("width of figures", default=DESK)
# How a figure was drawn; it is forgotten together with the figure.
_drawing: WeakKeyDictionary[Figure, Callable[[], Figure | Axes]] = WeakKeyDictionary()


def width() -> float:
    """Return the width in inches that figures are drawn in at the moment."""
    return _width.get()


def narrow() -> bool:
    """Return whether figures are drawn for a phone at the moment."""
    return width() < DESK


def across(desk: int, phone: int = 1) -> int:
    """Return how many panels, or entries of a key, stand beside each other at this width."""
    return phone if narrow() else desk


@contextmanager
def on_a_phone() -> Iterator[None]:
    """Draw figures as wide as a phone, until the end of the block."""
    token = _width.set(PHONE)
    try:
        yield
    finally:
        _width.reset(token)


def at_any_width(draw: Callable[P, D]) -> Callable[P, D]:
    """Return a function that draws, and whose figures can be drawn again at another width."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> D:
        before = plt.get_fignums()
        result = draw(*args, **kwargs)
        figure = figure_of(result)
        # Of functions that call each other, the outermost one comes last, and counts; one that
        # only fills a panel of a figure that was there does not.
        if figure.number not in before:
            _drawing[figure] = lambda: draw(*args, **kwargs)
        return result

    return drawn


def figure_of(drawn: Figure | Axes) -> Figure:
    """Return the figure that something drawn belongs to. Raises ValueError where there is none."""
    if isinstance(drawn, Figure):
        return drawn
    if drawn.figure is None or (figure := drawn.figure.get_figure(root=True)) is None:
        raise ValueError("the axes given to `captioned` belong to no figure.")
    return figure


def drawn_again(figure: Figure) -> Figure | None:
    """Return the same figure as wide as a phone; None where nobody knows how it was drawn."""
    draw = _drawing.get(figure)
    if draw is None:
        return None
    with on_a_phone():
        return figure_of(draw())
