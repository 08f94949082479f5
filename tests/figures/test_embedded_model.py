"""The figures of the page about a model of ours: drawn is what the table says."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.embedded_model import (
    accuracy,
    answers,
    calibration_bins,
    kinds,
    planted_intercepts,
    slopes_by_kind,
)
from steering.figures import embedded_model as drawn
from steering.records.kinds import OURS, PUBLIC
from steering.records.seeds import COLUMNS
from tests.support.drawn import sorted_points
from tests.support.synthetic import DESIGNS, LAYERS, standard, standard_curves


def test_a_cell_says_how_many_are_right_and_kinds_are_parted() -> None:
    whole = standard()
    kind = kinds(whole, []) | {"weak": PUBLIC}
    cells = accuracy(answers(whole, kind), ["kind", "concept", "prompt_setting"])
    ax = drawn.accuracy_map(cells)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows[-1] == "weak"
    assert len(rows) == len(DESIGNS)
    columns = [label.get_text() for label in ax.get_xticklabels()]
    written = {
        (rows[int(text.get_position()[1])], columns[int(text.get_position()[0])]): text.get_text()
        for text in ax.texts
    }
    assert len(written) == len(cells)
    for row in cells.itertuples():
        assert written[row.concept, row.prompt_setting] == f"{100 * row.share:.0f}"
    assert ("weak", "BASE") not in written
    assert [line.get_ydata()[0] for line in ax.get_lines()] == [len(DESIGNS) - 1]


def test_calibration_has_a_panel_for_each_place_of_the_persona() -> None:
    told = planted_intercepts(standard_curves())
    bins = calibration_bins(told.assign(planted_intercept=np.linspace(-2, 2, len(told))))
    figure = drawn.calibration_panels(bins)
    titles = [ax.get_title("left") for ax in figure.axes]
    assert titles == ["no persona", "system prompt", "user's message"]
    base = bins[bins["prompt_setting"] == "BASE"]
    there = [point for point in sorted_points(figure.axes[0]) if point != (0, 0)]
    assert np.allclose(there, sorted(zip(base["planted"], base["measured"], strict=True)))
    assert len(drawn.calibration_panels(base).axes) == 1


def test_the_thick_line_is_the_mean_of_the_thin_ones() -> None:
    layers = slopes_by_kind(standard(), kinds(standard(), []))
    ax = drawn.slopes_by_layer(layers, 4)
    mean = layers.groupby("layer")["mean"].mean()
    assert np.allclose(sorted_points(ax), [(layer, mean[layer]) for layer in LAYERS])
    band = next(patch for patch in ax.patches if patch.get_label() == "the trained block")
    assert band.get_x() < 4 < band.get_x() + band.get_width()
    assert f"{OURS} ({len(DESIGNS)})" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert not drawn.slopes_by_layer(layers, None).patches


def test_a_stage_has_a_line_of_its_own() -> None:
    curve = pd.DataFrame(
        [("persona", 1e6, 9.0), ("persona", 2e6, 1.5), ("clean", 3e6, 0.8)],
        columns=["stage", "tokens", "loss"],
    )
    ax = drawn.learning_curve(curve)
    assert np.allclose(sorted_points(ax), [(1.0, 9.0), (2.0, 1.5), (3.0, 0.8)])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["persona", "clean"]
    assert ax.get_yscale() == "log"


def test_every_seed_is_a_marker_beside_what_was_planted() -> None:
    rows = [
        (shape, seed, concept, "strong", planted, planted, planted + 0.1 * seed, 0.9, 1.0)
        for concept, planted in (("strong", 2.0), ("weak", 0.5))
        for shape in ("llama", "gpt2")
        for seed in (1, 2, 3)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    ax = drawn.seeds(table, ["strong", "weak"])
    bars, *shapes = ax.get_lines()
    assert list(bars.get_xdata()) == [2.0, 0.5]
    assert [line.get_label() for line in shapes[:2]] == ["Llama shape", "GPT-2 shape"]
    for line, shape in zip(shapes[:2], ("llama", "gpt2"), strict=True):
        part = table[table["shape"] == shape]
        assert list(line.get_xdata()) == list(part["contrastive"])
        assert np.allclose(np.round(line.get_ydata()), part["concept"].eq("weak"))


def inside(ax: Axes) -> bool:
    """Whether the legend lies within the figure's edges."""
    figure = ax.figure
    figure.canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    return box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1


def test_legends_end_within_their_figures() -> None:
    one = standard()
    public = dict.fromkeys(list(DESIGNS)[::2], PUBLIC)
    layers = pd.concat(
        [
            slopes_by_kind(one, kinds(one, [])),
            slopes_by_kind(one, kinds(one, []) | public).assign(
                concept=lambda table: table["concept"] + "-too"
            ),
        ]
    )
    assert inside(drawn.slopes_by_layer(layers, 4))
    stages = ("persona", "real", "clean", "together", "rules", "level")
    curve = pd.DataFrame([(stage, 1e6, 1.0) for stage in stages])
    assert inside(drawn.learning_curve(curve.set_axis(["stage", "tokens", "loss"], axis=1)))
    rows = [(s, 0, "strong", "strong", 2.0, 2.0, 2.0, 0.9, 1.0) for s in ("llama", "gpt2")]
    assert inside(drawn.seeds(pd.DataFrame(rows, columns=COLUMNS), ["strong"]))
