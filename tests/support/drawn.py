"""What a figure's axes hold, read back: figures are tested by their data."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import ErrorbarContainer

UNIT = "logits per unit of λ"
NONE = ("None", "none", "", None)


def points(ax: Axes, *markers: str) -> list[tuple[float, float]]:
    """Every marker of every line in data units, in the order drawn; of these markers alone."""
    return [
        (float(x), float(y))
        for line in ax.get_lines()
        if (line.get_marker() in markers if markers else line.get_marker() not in NONE)
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def questions_drawn(ax: Axes) -> list[tuple[PathCollection, tuple[float, float], str]]:
    """Every dot that is a question: what it is drawn with, where, and where it leads."""
    found = []
    for dots in ax.collections:
        if isinstance(dots, PathCollection):
            places = [(float(x), float(y)) for x, y in np.asarray(dots.get_offsets())]
            urls = [url or "" for url in dots.get_urls()] if places else []
            urls = urls if len(urls) == len(places) else [""] * len(places)
            found += [(dots, *one) for one in zip(places, urls, strict=True)]
    return found


def sorted_points(ax: Axes) -> list[tuple[float, float]]:
    return sorted(points(ax))


def rows(ax: Axes) -> list[str]:
    """The names down the left side."""
    return [label.get_text() for label in ax.get_yticklabels()]


def labels(ax: Axes) -> list[str]:
    """The same names, each in one line."""
    return [name.replace("\n", " ") for name in rows(ax)]


def bars(ax: Axes) -> list[float]:
    """The lengths of all error bars, in the order drawn."""
    return [
        float(np.ptp(segment, axis=0).max())
        for container in ax.containers
        if isinstance(container, ErrorbarContainer)
        for collection in container[2]
        for segment in collection.get_segments()
    ]


def same(found: list[tuple[float, float]], wanted: Iterable[tuple[float, float]]) -> bool:
    """Whether two sets of points are the same, in any order."""
    return bool(np.allclose(sorted(found), sorted(wanted)))


def written(ax: Axes) -> list[str]:
    """The names that stand beside points."""
    return [text.get_text().replace("\n", " ") for text in ax.texts if text.get_fontsize() == 10]


def named_in(ax: Axes) -> list[str]:
    """What the legend says."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]
