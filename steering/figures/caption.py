"""A figure with its caption: what it shows, of how many, and what its intervals are."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from html import escape

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Captioned:
    """A picture as SVG, with what it shows, of how much, and how sure; a notebook displays it."""

    svg: bytes
    text: str
    n: str
    interval: str
    alt: str
    width: int
    height: int

    def _repr_html_(self) -> str:
        # The picture is an image, not elements of the page: identifiers inside two of them can't
        # meet, a reader's software reads `alt`, and dark mode treats it as it treats any picture.
        picture = base64.b64encode(self.svg).decode("ascii")
        return (
            '<figure class="steering-figure" style="margin:0 0 1.5em">'
            f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(self.alt)}" '
            f'width="{self.width}" height="{self.height}" '
            'style="max-width:100%;height:auto;background:#fff">'
            f"<figcaption>{escape(self.text)} <em>n</em>: {escape(self.n)}. "
            f"Interval: {escape(self.interval)}.</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return f"{self.text} n: {self.n}. Interval: {self.interval}."


def captioned(
    drawn: Figure | Axes, text: str, *, n: int | str, interval: str, alt: str
) -> Captioned:
    """Return a figure with its caption, and close it so that a notebook does not show it twice.

    `text` says what is shown, `n` of how many (a number, or words such as "80 items in both orders,
    20 groups"), `interval` what whiskers and bands are ("none" where there are none), `alt` what
    one would see. Raises ValueError where one of them is empty. The same figure gives the same
    bytes.
    """
    texts = {"text": text, "n": str(n), "interval": interval, "alt": alt}
    for name, value in texts.items():
        if not value.strip() or value in ("None", "nan", "0"):
            raise ValueError(f"a figure's {name} says what the reader needs: {value!r} does not.")
    figure = drawn if isinstance(drawn, Figure) else drawn.figure.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes given to `captioned` belong to no figure.")
    if (layout := figure.get_layout_engine()) is not None:
        # Laid out once here: savefig would draw the whole figure for that alone.
        layout.execute(figure)
        figure.set_layout_engine("none")
    page = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "steering", "svg.fonttype": "path"}):
        figure.savefig(page, format="svg", metadata={"Date": None, "Creator": None})
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    plt.close(figure)
    # A number and its % stay on one line.
    stripped = {name: value.strip().replace(" %", "\u00a0%") for name, value in texts.items()}
    ended = stripped["text"]
    ended += "" if ended.endswith((".", "!", "?")) else "."
    quiet = {name: stripped[name].rstrip(".") for name in ("n", "interval")}
    return Captioned(
        page.getvalue(), ended, quiet["n"], quiet["interval"], stripped["alt"], width, height
    )
