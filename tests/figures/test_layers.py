"""Layers: a line or a cell for each, the chosen one marked."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle

from steering.analysis import layers as tables
from steering.figures import layers, theme
from steering.records.kinds import kinds_of
from tests.support.drawn import UNIT, labels
from tests.support.many import several
from tests.support.synthetic import DESIGNS, standard


def test_the_chosen_layer_is_ringed_and_framed() -> None:
    ax = layers.layer_choice(tables.layer_slopes(standard()))
    rings = [line for line in ax.get_lines() if line.get_markersize() == 15]
    assert {float(line.get_xdata()[0]) for line in rings} == {4.0}
    assert len(rings) == len(DESIGNS)
    assert UNIT in ax.get_ylabel()

    table = tables.layer_map(standard())
    ax = layers.layer_map(table[table["concept"] == "strong"])
    frame = next(p for p in ax.patches if isinstance(p, Rectangle))
    assert (frame.get_y(), frame.get_height()) == (1, 1)  # layers 2, 4, 6: 4 is the second row
    assert labels(ax) == ["2", "4", "6"]
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert ticks == ["−1.5", "−1.0", "−0.5", "0.0", "0.5", "1.0", "1.5"]
    assert "logits" in ax.figure.axes[-1].get_ylabel()


def test_layers_of_many_concepts_are_cells_with_the_chosen_framed() -> None:
    table = several(tables.layer_slopes(standard()))
    ax = layers.layer_choice(table)
    mesh = next(part for part in ax.collections if isinstance(part, QuadMesh))
    drawn = np.ma.filled(mesh.get_array().reshape(15, -1), np.nan)
    rows = theme.grouped(kinds_of(table))
    assert labels(ax) == [theme.name_of(name).replace("\n", " ") for name in rows]
    wanted = table.pivot_table(index="concept", columns="layer", values="mean").reindex(rows)
    assert np.allclose(drawn, wanted.to_numpy(), equal_nan=True)
    frames = {part.get_xy() for part in ax.patches if isinstance(part, Rectangle)}
    chosen = table[table["chosen"]]
    assert frames == {
        (list(wanted.columns).index(layer), rows.index(concept))
        for layer, concept in zip(chosen["layer"], chosen["concept"], strict=True)
    }
