"""Pictures of several models under one caption."""

from __future__ import annotations

import re
from collections.abc import Callable

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from steering.figures.beside import Beside, captioned_beside
from steering.figures.caption import Captioned
from steering.figures.theme import use_theme

TOLD = {"n": 4, "interval": "none", "alt": "a line", "finding": "It rises.", "name": "lines"}


def line() -> Axes:
    use_theme()
    ax = plt.subplots(layout="constrained")[1]
    ax.plot([0, 1], [0, 2])
    return ax


def lines(*models: str) -> dict[str, Callable[[], Axes]]:
    return dict.fromkeys(models, line)


def test_there_is_one_caption_and_a_picture_for_each_model() -> None:
    figure = captioned_beside(lines("wren", "b<c"), "Slopes", **TOLD)
    assert isinstance(figure, Beside)
    assert (figure.finding, figure.name, figure.n) == ("It rises.", "lines", "4")
    html = figure._repr_html_()
    assert html.count("<figcaption") == 1
    assert html.count('id="figure-lines"') == 1
    assert html.count("<svg") == 2
    assert '<p class="beside-name">b&lt;c</p>' in html
    assert 'aria-label="wren: It rises. a line"' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_of_one_model_it_is_a_figure_like_any_other() -> None:
    assert isinstance(captioned_beside(lines("wren"), "Slopes", **TOLD), Captioned)
    assert not plt.get_fignums()
