"""The figure of effects: a mark for each model and option, full where the rule claims a change."""

from __future__ import annotations

from steering.analysis.protocols import claimed
from steering.figures.protocols import effects_of_options, title_of
from steering.records.protocol_effects import NUMBERS
from tests.support.drawn import labels
from tests.support.effects import table


def test_every_number_has_a_panel_with_a_mark_for_each_option_and_model():
    effects = table()
    figure = effects_of_options(effects, "clean")
    assert [ax.get_title(loc="left") for ax in figure.axes] == [*NUMBERS.values()]
    own = effects[effects["protocol"] == "clean"]
    for ax, number in zip(figure.axes, NUMBERS, strict=True):
        marks = [
            line for line in ax.get_lines()
            if line.get_marker() in ("o", "s") and len(line.get_xdata()) == 1
        ]  # fmt: skip
        drawn = sorted(float(line.get_xdata()[0]) for line in marks)
        assert drawn == sorted(own.loc[own["number"] == number, "difference"])
        full = sum(line.get_markerfacecolor() != "white" for line in marks)
        assert full == int(claimed(effects)[own.index][own["number"] == number].sum())


def test_rows_are_named_as_the_options_are():
    figure = effects_of_options(table(), "clean")
    names = [name.replace("\n", " ") for name in labels(figure.axes[0])]
    assert names[-1] == title_of("all") == "all of them"
    assert names[0] == title_of("steered") == "steered"
