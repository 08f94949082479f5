"""What a figure needs to be read on a phone: larger type, fewer ticks, labels of more lines."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from steering.figures.widths import PHONE

LEAST_TYPE = 10.5  # points: 11 pixels on a phone that shows 4.5 inches as 342 pixels
NUMERIC = re.compile(r"[−-]?[\d.,]+ ?%?")
GAP = 4  # pixels between two labels
LEAST_LETTERS = 6  # on a line


def fitted(figure: Figure) -> Figure:
    """Return a figure made as narrow as a phone, in place.

    Type is raised to what can be read, labels and titles that are wider than their place are broken
    into lines, and of numbers along an axis that touch each other, every second one is left out.
    """
    width, height = figure.get_size_inches()
    if width > PHONE:
        figure.set_size_inches(PHONE, height)
    if not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.set_layout_engine("constrained")
    for text in figure.findobj(Text):
        text.set_fontsize(max(LEAST_TYPE, text.get_fontsize()))
    for _ in range(2):  # a label of one more line takes room from its axes
        if (layout := figure.get_layout_engine()) is not None:
            layout.execute(figure)
        if not _mended(figure):
            # Laid out for good: whoever writes it need not do it again.
            figure.set_layout_engine("none")
            break
    return figure


def _mended(figure: Figure) -> bool:
    """Return whether a label had to be broken, or a number left out, to fit into its place."""
    changes = []
    for ax in figure.axes:
        if ax.get_visible():
            changes += [_thinned(ax), _broken(ax, figure)]
    if (label := getattr(figure, "_supxlabel", None)) is not None:
        changes.append(_break(label, 0.98 * figure.bbox.width))
    if (label := getattr(figure, "_supylabel", None)) is not None:
        changes.append(_break(label, 0.98 * figure.bbox.height, upright=True))
    return any(changes)


def _thinned(ax: Axes) -> bool:
    """Leave out every second number along the horizontal axis as long as they touch.

    Return whether any was left out.
    """
    left_out = False
    for _ in range(3):
        ticks = [tick for tick in ax.xaxis.get_major_ticks() if tick.label1.get_text()]
        labels = [tick.label1 if tick.label1.get_visible() else tick.label2 for tick in ticks]
        shown = [label for label in labels if label.get_visible()]
        low, high = sorted(ax.get_xlim())
        places = [(tick.get_loc(), label) for tick, label in zip(ticks, labels, strict=True)]
        inside = [(at, label) for at, label in places if low <= at <= high]
        if not shown or not all(NUMERIC.fullmatch(label.get_text()) for _, label in inside):
            break
        boxes = [label.get_window_extent() for _, label in inside]
        if all(left.x1 + GAP <= right.x0 for left, right in pairwise(boxes)):
            break
        ax.set_xticks([at for at, _ in inside][::2], [label.get_text() for _, label in inside][::2])
        left_out = True
    return left_out


def _broken(ax: Axes, figure: Figure) -> bool:
    """Break the label and the titles of axes that reach into what is beside them.

    Return whether any was broken.
    """
    place = ax.get_subplotspec()
    box, whole = ax.get_window_extent(), figure.bbox.width
    alone = place is None or place.get_gridspec().ncols == 1
    middle = (box.x0 + box.x1) / 2
    titles = (ax.title, getattr(ax, "_left_title", ax.title))
    changes = [
        _break(ax.xaxis.label, 1.9 * min(middle, whole - middle) if alone else 1.1 * box.width),
        *(_break(title, whole - box.x0 if alone else 1.1 * box.width) for title in titles),
        _break(ax.yaxis.label, 1.05 * figure.bbox.height, upright=True),
    ]
    return any(changes)


def _break(text: Text, room: float, *, upright: bool = False) -> bool:
    """Break a text into as many lines as its place asks for; it keeps its words whole.

    Return whether it was changed.
    """

    def length() -> float:
        box = text.get_window_extent()
        return float(box.height if upright else box.width)

    words = " ".join(text.get_text().split()).replace("→", "→ ")
    if not words or length() <= room:
        return False
    before = text.get_text()
    letters = max(len(line) for line in text.get_text().split("\n"))
    while length() > room and letters > LEAST_LETTERS:
        letters = max(LEAST_LETTERS, min(letters - 1, int(letters * room / length())))
        lines = textwrap.wrap(words, letters, break_long_words=False)
        text.set_text("\n".join(lines).replace("→ ", "→"))
    return text.get_text() != before
