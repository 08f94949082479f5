"""Each text is measured once, and as it would be without."""

from __future__ import annotations

import io
from typing import Any

import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

from steering.figures.text_sizes import LAYOUT, measured_once


def drawn() -> Figure:
    figure, ax = plt.subplots(layout="constrained")
    ax.plot([0, 1], [0, 2], label="a line")
    ax.set(title="two\nlines", xlabel="across", ylabel="up")
    ax.text(0.5, 0.5, "askew $x^2$", rotation=30, rotation_mode="anchor", va="top", ha="right")
    ax.text(0.2, 0.5, "some words that are too long for one line", wrap=True)
    ax.tick_params(axis="x", rotation=45)
    ax.legend()
    return figure


def written(figure: Figure) -> bytes:
    page = io.BytesIO()
    with plt.rc_context({"svg.hashsalt": "steering", "svg.fonttype": "none"}):
        figure.savefig(page, format="svg", metadata={"Date": None})
    plt.close(figure)
    return page.getvalue()


def box(text: Text) -> tuple[float, ...]:
    return tuple(float(number) for number in text.get_window_extent().bounds)


def test_a_figure_is_the_same_and_no_text_is_measured_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    measure: Any = getattr(Text, LAYOUT)

    def counted(text: Text, renderer: Any) -> Any:
        calls.append(text.get_text())
        return measure(text, renderer)

    monkeypatch.setattr(Text, LAYOUT, counted)
    plain = written(drawn())
    often = len(calls)
    calls.clear()
    with measured_once():
        assert written(drawn()) == plain
    assert len(calls) < often / 2


@pytest.mark.parametrize(
    "change",
    [
        {"text": "other words"},
        {"fontsize": 30},
        {"fontweight": "bold"},
        {"rotation": 40},
        {"horizontalalignment": "right"},
        {"verticalalignment": "top"},
        {"text": "two\nlines"},
        {"text": "two\nlines", "linespacing": 3.0},
        {"rotation": 40, "rotation_mode": "anchor", "verticalalignment": "top"},
    ],
)
def test_a_text_that_is_changed_is_measured_again(change: dict[str, Any]) -> None:
    figure = plt.figure()
    text = figure.text(0.5, 0.5, "words")
    with measured_once():
        before = box(text)
        text.set(**change)
        after = box(text)
    assert after != before
    assert after == box(text)
    plt.close(figure)


def test_a_figure_of_more_dots_an_inch_is_measured_again() -> None:
    def pictures() -> list[bytes]:
        figure, pages = drawn(), [io.BytesIO(), io.BytesIO()]
        for page, dots in zip(pages, (60, 120), strict=True):
            figure.savefig(page, format="png", dpi=dots, bbox_inches="tight")
        plt.close(figure)
        return [page.getvalue() for page in pages]

    plain = pictures()
    with measured_once():
        assert pictures() == plain


def test_afterwards_matplotlib_measures_as_before() -> None:
    measure = getattr(Text, LAYOUT)
    with measured_once():
        assert getattr(Text, LAYOUT) is not measure
    assert getattr(Text, LAYOUT) is measure


def test_a_figure_that_fails_leaves_matplotlib_as_it_was() -> None:
    measure = getattr(Text, LAYOUT)

    def failing() -> None:
        with measured_once():
            raise ValueError("no figure")

    with pytest.raises(ValueError, match="no figure"):
        failing()
    assert getattr(Text, LAYOUT) is measure
