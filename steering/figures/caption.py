"""A figure with its caption: what was found, how to read it, of how many, how sure.

It is shown as elements of the page, with text that can be searched and selected, and in the page's
own colours; once as wide as a desk, and again for a phone. Raster are only the bars of colours,
clouds of more than 1,300 dots (`figures.theme.MANY_DOTS`), and scatter plots of more than 1,500
points (`figures.validation.planted_against_recovered`): as vectors they would be heavier.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html import escape

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from steering.figures.inline import PHONE_PART, inline
from steering.figures.phone import fitted
from steering.figures.text_sizes import measured_once
from steering.figures.widths import PHONE, drawn_again, figure_of, narrow

SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Captioned:
    """A picture for desk and phone, with its caption; a notebook displays it.

    A caption that is `brief` shows the finding's first sentence, and n; a click opens the rest.
    """

    svg: bytes
    phone: bytes
    finding: str
    text: str
    n: str
    interval: str
    alt: str
    name: str
    width: int
    height: int
    brief: bool = False

    def _repr_html_(self) -> str:
        # Only one of the two is there at a time, also for who hears the page. Without the book's
        # style sheet, as in Jupyter, it is the one for a desk.
        desk = inline(self.svg, self.alt, widest=self.width, part="on-desk")
        phone = inline(
            self.phone, self.alt, widest=round(96 * PHONE), part=PHONE_PART, style="display:none;"
        )
        return self.framed(f"{desk}{phone}")

    def framed(self, picture: str) -> str:
        """Return the HTML of a picture with this figure's anchor and caption."""
        anchor = f' id="figure-{self.name}"' if self.name else ""
        return (
            f'<figure class="steering-figure"{anchor} style="margin:0 0 1em">{picture}'
            f"<figcaption>{self._caption()}</figcaption></figure>"
        )

    def _caption(self) -> str:
        n = f"<em>n</em>: {escape(self.n)}."
        interval = f"Interval: {escape(self.interval)}."
        if self.brief and self.finding:
            first, *more = SENTENCES.split(self.finding, maxsplit=1)
            read = escape(" ".join([*more, self.text]))
            return (
                f"<strong>{escape(first)}</strong> "
                f'<details class="how-to-read"><summary>{n} How to read it</summary> '
                f"{read} <small>{interval}</small></details>"
            )
        found = f"<strong>{escape(self.finding)}</strong> " if self.finding else ""
        return f"{found}{escape(self.text)} <small>{n} {interval}</small>"

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
    brief: bool = False,
) -> Captioned:
    """Return a figure with its caption, and close it so that a notebook does not show it twice.

    `finding` says in one sentence what was found, with its number, and comes first; `text` says how
    to read the figure, `n` of how many it is (a number, or words such as "80 items in both orders,
    20 groups"), `interval` what whiskers and bands are ("none" where there are none), `alt` what
    one would see: a reader's software reads the finding, then `alt`. `name` is the figure's own
    word on its page, in lower case with hyphens: its anchor is `figure-<name>`. Of a `brief`
    caption, what follows the finding's first sentence is folded. Raises ValueError where a text is
    empty, except `finding`, and where `name` is no such word. The same figure gives the same bytes.
    """
    texts = {"text": text, "n": str(n), "interval": interval, "alt": alt}
    for what, value in texts.items():
        if not value.strip() or value in ("None", "nan", "0"):
            raise ValueError(f"a figure's {what} says what the reader needs: {value!r} does not.")
    if name and not SLUG.fullmatch(name):
        raise ValueError(f"a figure's name is lower case with hyphens; {name!r} is not.")
    figure = figure_of(drawn)
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    # Before the first form is closed: its drawing is asked for the second. What is drawn narrow
    # stands beside others, and has no other form.
    again = None if narrow() else drawn_again(figure)
    with measured_once():
        desk = b"" if narrow() else _written(figure)
        phone = _written(fitted(again or figure))
    for one in filter(None, (figure, again)):
        plt.close(one)
    found = _sentence(finding) if finding.strip() else ""
    # A number and its % stay on one line.
    close = {what: value.strip().replace(" %", "\u00a0%") for what, value in texts.items()}
    return Captioned(
        svg=desk,
        phone=phone,
        finding=found,
        text=_sentence(text),
        n=close["n"].rstrip("."),
        interval=close["interval"].rstrip("."),
        alt=f"{found} {close['alt']}".strip(),
        name=name,
        width=width,
        height=height,
        brief=brief,
    )


def _written(figure: Figure) -> bytes:
    """Return a figure as a document of SVG, without a ground of its own."""
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    for ground in (figure.patch, *(ax.patch for ax in figure.axes)):
        ground.set(facecolor="none", edgecolor="none")
    page = io.BytesIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    dpi = figure.get_dpi()
    with mpl.rc_context({"svg.hashsalt": "steering", "svg.fonttype": "none"}):
        # Figure.savefig would draw the whole figure once more, for the layout that it has already.
        FigureCanvasSVG(figure).print_svg(page, metadata=nothing)
    figure.set_dpi(dpi)
    return page.getvalue()


def _sentence(words: str) -> str:
    """Return words that end with a full stop; a number and its % stay on one line."""
    close = words.strip().replace(" %", "\u00a0%")
    return close if close.endswith((".", "!", "?")) else f"{close}."
