"""One picture for each model, beside each other under one caption; below each other on a phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.figures.caption import Captioned, captioned
from steering.figures.inline import inline
from steering.figures.widths import DESK, on_a_phone


@dataclass(frozen=True)
class Beside:
    """Pictures of several models with one caption; a notebook displays it.

    Attributes:
        pictures: what was drawn for each model, with the caption that all of them share.
    """

    pictures: Mapping[str, Captioned]

    @property
    def shared(self) -> Captioned:
        """Return the first picture, whose caption is that of all."""
        return next(iter(self.pictures.values()))

    @property
    def finding(self) -> str:
        """Return what was found, the first sentence of the caption."""
        return self.shared.finding

    @property
    def name(self) -> str:
        """Return the figure's own word on its page."""
        return self.shared.name

    @property
    def n(self) -> str:
        """Return of how many it is."""
        return self.shared.n

    def _repr_html_(self) -> str:
        # As narrow as a phone's, two of them stand beside each other on a desk.
        parts = [
            f'<div><p class="beside-name">{escape(model)}</p>'
            f"{inline(one.phone, f'{model}: {one.alt}', widest=round(96 * DESK))}</div>"
            for model, one in self.pictures.items()
        ]
        return self.shared.framed(f'<div class="beside">{"".join(parts)}</div>')

    def __repr__(self) -> str:
        return repr(self.shared)


def captioned_beside(
    draw: Mapping[str, Callable[[], Figure | Axes]],
    text: str,
    *,
    n: int | str,
    interval: str,
    alt: str,
    finding: str = "",
    name: str = "",
) -> Captioned | Beside:
    """Return the figures of several models under one caption; of one model, its figure alone.

    `draw` has what draws the figure of each model. The texts are those of `captioned`, which raises
    ValueError where one is missing.
    """
    texts = {"text": text, "interval": interval, "alt": alt, "finding": finding, "name": name}
    if len(draw) == 1:
        return captioned(next(iter(draw.values()))(), n=n, **texts)
    with on_a_phone():
        return Beside({model: captioned(own(), n=n, **texts) for model, own in draw.items()})
