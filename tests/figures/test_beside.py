"""Pictures of several models under one caption."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from steering.figures.beside import Beside, Columns, captioned_beside, in_columns
from steering.figures.caption import Captioned, captioned
from steering.figures.theme import use_theme
from steering.figures.widths import PHONE

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


def test_a_brief_caption_is_that_of_all() -> None:
    for models in (["wren"], ["wren", "linnet"]):
        html = captioned_beside(lines(*models), "Slopes", **TOLD, brief=True)._repr_html_()
        assert html.count('<details class="how-to-read">') == 1


def one(name: str) -> Captioned:
    return captioned(line(), "Slopes", **(TOLD | {"name": name}))


def test_figures_in_columns_are_narrow_and_keep_their_captions() -> None:
    columns = in_columns(partial(one, "first"), partial(one, "second"), titles=("A & B", "C"))
    assert isinstance(columns, Columns)
    assert [figure.svg for figure in columns.figures] == [b"", b""], "none is drawn for a desk"
    html = columns._repr_html_()
    assert html.count("<figcaption") == 2
    assert html.count("<svg") == 2
    assert "<h3>A &amp; B</h3>" in html
    assert html.index('id="figure-first"') < html.index('id="figure-second"')
    view = re.search(r'viewBox="0 0 ([\d.]+) ', html)
    assert view is not None
    assert float(view[1]) <= 72 * PHONE


def test_a_single_figure_is_as_wide_as_any_other_and_titles_must_fit() -> None:
    assert isinstance(in_columns(partial(one, "first")), Captioned)
    with pytest.raises(ValueError, match="2 titles do not fit 1 figures"):
        in_columns(partial(one, "first"), titles=("a", "b"))
