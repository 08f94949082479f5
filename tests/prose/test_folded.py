"""What is folded is all there, and Markdown of it stays Markdown."""

from __future__ import annotations

from IPython.display import Markdown
from matplotlib import pyplot as plt

from steering.figures.caption import captioned
from steering.prose.folded import folded


def test_texts_tables_and_figures_stand_in_their_order() -> None:
    figure = captioned(plt.subplots()[1], "A line.", n=3, interval="none", alt="a line")
    text = folded("More & more", "Words.", Markdown("| a |\n|---|\n| 1 |"), figure, "End.").data
    assert text.startswith('<details class="folded"><summary>More &amp; more</summary>\n\nWords.')
    assert text.endswith("\n\nEnd.\n\n</details>")
    blocks = text.split("\n\n")
    assert blocks[2] == "| a |\n|---|\n| 1 |"
    # A blank line would end the block of HTML, and the rest of the figure would be a text.
    assert blocks[3].startswith("<figure")
    assert blocks[3].endswith("</figure>")
    assert "A line." in blocks[3]


def test_nothing_to_fold_shows_nothing() -> None:
    assert folded("Title").data == ""
    assert folded("Title", "", None, Markdown("")).data == ""
