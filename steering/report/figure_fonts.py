"""The letters of the figures: the part that they need of the type that they are laid out with.

A figure's words stand where matplotlib put them. In another type they would be wider or narrower,
and a label of two lines would no longer be in its place.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from matplotlib import get_data_path

FONTS = {"figures.woff": "DejaVuSans.ttf", "figures-bold.woff": "DejaVuSans-Bold.ttf"}
# Latin with accents, Greek, quotation marks and dashes, superscripts, arrows, mathematical signs.
SIGNS = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x2010, 0x2033), (0x2070, 0x2094)),
    *((0x2190, 0x2195), (0x2200, 0x226F)),
)


def write_fonts(folder: Path) -> None:
    """Write the two fonts that the book's style sheet names into a folder."""
    for name, whole in FONTS.items():
        font = TTFont(Path(get_data_path()) / "fonts" / "ttf" / whole, recalcTimestamp=False)
        options = Options()
        options.hinting = False
        options.drop_tables += ["FFTM"]
        options.layout_features = ["kern"]
        subsetter = Subsetter(options)
        subsetter.populate(
            unicodes=[sign for first, last in SIGNS for sign in range(first, last + 1)]
        )
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(folder / name)
