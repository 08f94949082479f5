"""A figure with its caption: what it shows, of how many, and what its intervals are."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from html import escape

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Captioned:
    """A picture as SVG, with what it shows, of how much, and how sure; a notebook displays it."""

    svg: bytes
    finding: str
    text: str
    n: str
    interval: str
    alt: str
    name: str
    width: int
    height: int

    def _repr_html_(self) -> str:
        # The picture is an image, not elements of the page: identifiers inside two of them can't
        # meet, a reader's software reads `alt`, and dark mode treats it as it treats any picture.
        picture = base64.b64encode(self.svg).decode("ascii")
        found = f"<strong>{escape(self.finding)}</strong> " if self.finding else ""
        anchor = f' id="figure-{self.name}"' if self.name else ""
        return (
            f'<figure class="steering-figure"{anchor} style="margin:0 0 1.5em">'
            f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(self.alt)}" '
            f'width="{self.width}" height="{self.height}" '
            'style="max-width:100%;height:auto;background:#fff">'
            f"<figcaption>{found}{escape(self.text)} <em>n</em>: {escape(self.n)}. "
            f"Interval: {escape(self.interval)}.</figcaption></figure>"
        )

    def __repr__(self) -> str:
        told = f"{self.finding} {self.text}".strip()
        return f"{told} n: {self.n}. Interval: {self.interval}."


def captioned(
    drawn: Figure | Axes,
    text: str,
    *,
    n: int | str,
    interval: str,
    alt: str,
    finding: str = "",
    name: str = "",
) -> Captioned:
    """Return a figure with its caption, and close it so that a notebook does not show it twice.

    `finding` says in one sentence what was found, with its number, and comes first; `text` says how
    to read the figure, `n` of how many it is (a number, or words such as "80 items in both orders,
    20 groups"), `interval` what whiskers and bands are ("none" where there are none), `alt` what
    one would see: a reader's software reads the finding, then `alt`. `name` is the figure's own
    word on its page, in lower case with hyphens: its anchor is `figure-<name>`. Raises ValueError
    where a text is empty, except `finding`, and where `name` is no such word. The same figure gives
    the same bytes.
    """
    texts = {"text": text, "n": str(n), "interval": interval, "alt": alt}
    for what, value in texts.items():
        if not value.strip() or value in ("None", "nan", "0"):
            raise ValueError(f"a figure's {what} says what the reader needs: {value!r} does not.")
    if name and not SLUG.fullmatch(name):
        raise ValueError(f"a figure's name is lower case with hyphens; {name!r} is not.")
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
    found = _sentence(finding) if finding.strip() else ""
    # A number and its % stay on one line.
    close = {what: value.strip().replace(" %", "\u00a0%") for what, value in texts.items()}
    return Captioned(
        svg=page.getvalue(),
        finding=found,
        text=_sentence(text),
        n=close["n"].rstrip("."),
        interval=close["interval"].rstrip("."),
        alt=f"{found} {close['alt']}".strip(),
        name=name,
        width=width,
        height=height,
    )


def _sentence(words: str) -> str:
    """Return words that end with a full stop; a number and its % stay on one line."""
    close = words.strip().replace(" %", "\u00a0%")
    return close if close.endswith((".", "!", "?")) else f"{close}."
