"""The figures of the page about the model, and of other settings: drawn is what the table says."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.curves import joined
from steering.analysis.geometry import cosines
from steering.analysis.model import (
    accuracy,
    answers,
    calibration_bins,
    kinds,
    slopes_by_kind,
    taught,
)
from steering.analysis.seeds import COLUMNS
from steering.analysis.settings import setting_ratios, with_cosines
from steering.concepts.kinds import OURS, PUBLIC
from steering.figures import model as drawn
from steering.figures.settings import extraction_panels, ratio_panels
from tests.drawn import sorted_points as points
from tests.synthetic import DESIGNS, LAYERS, Design, results, standard, standard_curves

BRITTLE = {
    "brittle": Design(1.5, group_sd=0.2, under={"USER_NEG": 0.2}),
    "even": Design(1.5, group_sd=0.2),
}


def names(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_a_setting_has_a_panel_and_what_was_planted_to_change_a_name() -> None:
    ratios = setting_ratios(joined(results(BRITTLE)))
    prompts = ratios[ratios["shifted"] == "prompt"]
    figure = ratio_panels(prompts)
    titles = [ax.get_title("left") for ax in figure.axes]
    assert titles == ["SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG"]
    for title, ax in zip(titles, figure.axes, strict=True):
        part = prompts[prompts["setting"] == title]
        assert np.allclose(points(ax), sorted(zip(part["planted"], part["ratio"], strict=True)))
        assert names(ax) == (["brittle"] if title == "USER_NEG" else [])


def test_a_concept_off_the_line_is_named_too() -> None:
    ratios = setting_ratios(standard_curves())
    far = (ratios["concept"] == "weak") & (ratios["setting"] == "SYS_POS")
    moved = ratios.assign(ratio=ratios["ratio"].where(~far, 0.5))
    figure = ratio_panels(moved[moved["shifted"] == "prompt"])
    assert names(figure.axes[0]) == ["weak"]


def test_names_do_not_cover_each_other() -> None:
    several = {f"c{number}": Design(1.5, under={"USER_NEG": 0.2}) for number in range(6)}
    ratios = setting_ratios(joined(results(several, groups=10)))
    ax = ratio_panels(ratios[ratios["shifted"] == "prompt"]).axes[3]
    heights = sorted(text.xyann[1] for text in ax.texts)
    assert len(heights) == len(several)
    assert min(np.diff(heights)) >= 0.08
    assert max(heights) <= 1


def test_vectors_of_other_settings_have_a_slope_and_a_cosine() -> None:
    made = cosines(standard().cards)
    truth = made[["concept", "vector_setting", "layer"]].assign(planted_cosine=1.0)
    vectors = with_cosines(setting_ratios(standard_curves()), made, truth)
    left, right = extraction_panels(vectors).axes
    assert np.allclose(points(left), sorted(zip(vectors["planted"], vectors["ratio"], strict=True)))
    assert {y for _, y in points(right)} == {0.95, 0.92, 0.97, 0.9}
    assert not extraction_panels(vectors.assign(planted_cosine=np.nan)).axes[1].get_visible()


def test_one_concept_alone_can_be_drawn() -> None:
    one = {"brittle": BRITTLE["brittle"]}
    whole = results(one)
    ratios = setting_ratios(joined(whole))
    ratio_panels(ratios[ratios["shifted"] == "prompt"]).draw_without_rendering()
    extraction_panels(with_cosines(ratios, cosines(whole.cards))).draw_without_rendering()
    cells = accuracy(answers(whole, kinds(whole, [])), ["kind", "concept", "prompt_setting"])
    assert len(drawn.accuracy_map(cells).get_yticklabels()) == 1


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
    told = taught(standard_curves())
    bins = calibration_bins(told.assign(planted_intercept=np.linspace(-2, 2, len(told))))
    figure = drawn.calibration_panels(bins)
    titles = [ax.get_title("left") for ax in figure.axes]
    assert titles == ["no persona", "system prompt", "user's message"]
    base = bins[bins["prompt_setting"] == "BASE"]
    there = [point for point in points(figure.axes[0]) if point != (0, 0)]
    assert np.allclose(there, sorted(zip(base["planted"], base["measured"], strict=True)))
    assert len(drawn.calibration_panels(base).axes) == 1


def test_the_thick_line_is_the_mean_of_the_thin_ones() -> None:
    layers = slopes_by_kind(standard(), kinds(standard(), []))
    ax = drawn.slopes_by_layer(layers, 4)
    mean = layers.groupby("layer")["mean"].mean()
    assert np.allclose(points(ax), [(layer, mean[layer]) for layer in LAYERS])
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
    assert np.allclose(points(ax), [(1.0, 9.0), (2.0, 1.5), (3.0, 0.8)])
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
