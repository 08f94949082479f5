from matplotlib import pyplot as plt

from steering.figures.keys import draw_key, key_above
from steering.figures.theme import rows_of
from steering.figures.widths import PHONE, on_a_phone


def drawn(width: float, names: list[str]) -> plt.Axes:
    ax = plt.subplots(figsize=(width, 3), layout="constrained")[1]
    for name in names:
        ax.plot([0, 1], [0, 1], label=name)
    return ax


LONG = ["a concept with a long name", "another one with a long name", "short"]


def test_a_key_has_as_many_columns_as_there_is_room_for() -> None:
    def columns(width: float, names: list[str], ncols: int = 3) -> int:
        legend = draw_key(drawn(width, names), ncols=ncols)
        return int(legend._ncols)

    assert columns(6.4, ["a", "b", "c"]) == 3
    assert columns(6.4, LONG) == 2
    assert columns(PHONE, [*LONG, "the longest of all these names"]) == 1
    assert columns(2, ["longer than the figure, whatever one does to it"]) == 1


def test_a_key_that_was_too_wide_is_gone() -> None:
    ax = drawn(PHONE, LONG)
    figure = ax.figure
    draw_key(figure, ncols=3)  # type: ignore[arg-type]
    assert len(figure.legends) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == LONG


def test_handles_that_are_given_are_what_it_shows() -> None:
    ax = drawn(6.4, LONG)
    legend = draw_key(ax, ax.lines[:1], ["one of them"], ncols=2)
    assert [text.get_text() for text in legend.get_texts()] == ["one of them"]
    assert ax.get_legend() is legend


def test_a_key_of_many_rows_stands_above_the_scale_that_they_have_there() -> None:
    few, many = drawn(6.4, ["a"]), drawn(6.4, ["a"])
    rows_of(["x", "y"], few)
    rows_of([f"row {number}" for number in range(20)], many)
    assert key_above(many, ncols=1).borderaxespad > key_above(few, ncols=1).borderaxespad


def test_on_a_phone_the_key_has_the_width_of_the_figure() -> None:
    with on_a_phone():
        ax = drawn(PHONE, LONG)
        legend = key_above(ax, ncols=3)
    assert ax.get_legend() is None
    assert ax.figure.legends == [legend]
