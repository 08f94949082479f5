"""What a figure's axes hold, read back: figures are tested by their data."""

from __future__ import annotations

from matplotlib.axes import Axes

NONE = ("None", "none", "", None)


def points(ax: Axes, *markers: str) -> list[tuple[float, float]]:
    """Every marker of every line in data units, in the order drawn; of these markers alone."""
    return [
        (float(x), float(y))
        for line in ax.get_lines()
        if (line.get_marker() in markers if markers else line.get_marker() not in NONE)
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def sorted_points(ax: Axes) -> list[tuple[float, float]]:
    return sorted(points(ax))


def rows(ax: Axes) -> list[str]:
    """The names down the left side."""
    return [label.get_text() for label in ax.get_yticklabels()]
