"""Pictures beside each other: of several models under one caption, or each with its own caption.

Where there is no room, as on a phone, they stand below each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
    brief: bool = False,
) -> Captioned | Beside:
    """Return the figures of several models under one caption; of one model, its figure alone.

    `draw` has what draws the figure of each model. The texts are those of `captioned`, which raises
    ValueError where one is missing.
    """
    told = partial(
        captioned,
        text=text,
        n=n,
        interval=interval,
        alt=alt,
        finding=finding,
        name=name,
        brief=brief,
    )
    if len(draw) == 1:
        return told(next(iter(draw.values()))())
    with on_a_phone():
        return Beside({model: told(own()) for model, own in draw.items()})


@dataclass(frozen=True)
class Columns:
    """Figures beside each other, each with a caption of its own; a notebook displays them.

    Attributes:
        figures: what was drawn, as narrow as a phone.
        titles: a heading of the third level above each of them; none where this is empty.
    """

    figures: Sequence[Captioned]
    titles: Sequence[str] = ()

    def _repr_html_(self) -> str:
        titles = self.titles or [""] * len(self.figures)
        parts = [
            (f"<h3>{escape(title)}</h3>" if title else "")
            + one.framed(inline(one.phone, one.alt, widest=round(96 * DESK)))
            for title, one in zip(titles, self.figures, strict=True)
        ]
        return f'<div class="beside">{"".join(f"<div>{part}</div>" for part in parts)}</div>'

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.figures))


def in_columns(*draw: Callable[[], Captioned], titles: Sequence[str] = ()) -> Columns | Captioned:
    """Return figures beside each other, each drawn as narrow as a phone, with the titles above.

    A single one without a title is as wide as any other. Raises ValueError where there are titles,
    but not one for each.
    """
    if len(draw) == 1 and not titles:
        return draw[0]()
    if titles and len(titles) != len(draw):
        raise ValueError(f"{len(titles)} titles do not fit {len(draw)} figures.")
    with on_a_phone():
        return Columns([one() for one in draw], titles)
