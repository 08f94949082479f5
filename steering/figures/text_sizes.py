"""The sizes of words in a figure: each is worked out once, not again in every round of a layout.

Matplotlib lays a figure out in rounds, and in each of them asks every text for its size more than
once, as it does when it draws. It keeps how wide a word is, but not how its lines lie: that was up
to a quarter of the time that a figure took.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.text import Text

# It has no public name, and matplotlib no setting for it; its version is pinned.
LAYOUT = "_get_layout"


@contextmanager
def measured_once() -> Iterator[None]:
    """Let texts that look alike share their layout, until the end of the block."""
    measure: Callable[[Text, Any], Any] = getattr(Text, LAYOUT)
    known: dict[Hashable, Any] = {}

    def layout(text: Text, renderer: Any) -> Any:
        if text.get_wrap():  # its lines depend on where it stands
            return measure(text, renderer)
        look = _look(text, renderer)
        if look not in known:
            known[look] = measure(text, renderer)
        return known[look]

    setattr(Text, LAYOUT, layout)
    try:
        yield
    finally:
        setattr(Text, LAYOUT, measure)


def _look(text: Text, renderer: Any) -> Hashable:
    """Return all that the layout of a text depends on, but not where it stands."""
    figure = text.get_figure(root=True)
    return (
        text.get_text(),
        hash(text.get_fontproperties()),
        text.get_rotation(),
        text.get_rotation_mode(),
        text.get_horizontalalignment(),
        text.get_verticalalignment(),
        # The two without a public name.
        getattr(text, "_multialignment", None),
        getattr(text, "_linespacing", None),
        text.get_usetex(),
        text.get_parse_math(),
        None if figure is None else figure.dpi,
        type(renderer),
    )
