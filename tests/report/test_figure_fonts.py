import re
from pathlib import Path

from fontTools.ttLib import TTFont
from matplotlib.font_manager import findfont

from steering.clone import book_folder
from steering.report.figure_fonts import FONTS, write_fonts

# Signs that figures of this report write.
WRITTEN = "Aa0 −λρσμ‖≤→·±²₁…’“”–×%()[]|√½éß"


def test_the_fonts_hold_what_figures_write_and_little_else(tmp_path: Path) -> None:
    write_fonts(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(FONTS)
    for path in tmp_path.iterdir():
        font = TTFont(path)
        assert [sign for sign in WRITTEN if ord(sign) not in font.getBestCmap()] == []
        assert path.stat().st_size <= 80_000
        assert font["OS/2"].usWeightClass == (700 if "bold" in path.name else 400)


def test_a_letter_is_as_wide_as_in_the_type_that_figures_are_laid_out_with(tmp_path: Path) -> None:
    write_fonts(tmp_path)
    ours, whole = TTFont(tmp_path / "figures.woff"), TTFont(findfont("DejaVu Sans"))
    for sign in WRITTEN:
        widths = [font["hmtx"][font.getBestCmap()[ord(sign)]][0] for font in (ours, whole)]
        assert widths[0] == widths[1], sign


def test_the_style_sheet_names_them() -> None:
    css = (book_folder() / "vendor" / "steering.css").read_text()
    assert set(re.findall(r'url\("([^"]*)"\)', css)) == set(FONTS)


def test_they_are_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_fonts(tmp_path / name)
    for name in FONTS:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
