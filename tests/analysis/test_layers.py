"""What the vector of each layer does: the peak is where it was planted."""

from __future__ import annotations

import pytest

from steering.analysis.layers import layer_map, layer_slopes
from tests.support.synthetic import CHOSEN, LAYERS, MULTIPLIERS, PEAK, standard


def test_slopes_are_those_of_validation_items_and_peak_where_planted() -> None:
    table = layer_slopes(standard()).set_index(["concept", "layer"])
    strong = table.loc["strong"]
    assert set(strong.index) == set(LAYERS)
    for layer in LAYERS:
        ratio = strong.loc[layer, "mean"] / strong.loc[CHOSEN, "mean"]
        assert ratio == pytest.approx(PEAK[layer], abs=0.03)
    assert strong["chosen"].to_dict() == {2: False, 4: True, 6: False}
    # 20 groups, a tenth of them for validation, four items in two orders each.
    assert strong["n"].eq(16).all()
    assert strong["groups"].eq(2).all()


def test_slopes_can_be_those_of_test_items() -> None:
    table = layer_slopes(standard(), split="test").set_index(["concept", "layer"])
    assert table.loc[("strong", CHOSEN), "n"] == 80
    assert table.loc[("strong", 2), "n"] == 40  # 20 items in both orders


def test_the_map_is_zero_at_zero_and_grows_with_the_layers_slope() -> None:
    table = layer_map(standard()).set_index(["concept", "layer", "multiplier"])
    change = table["propensity_change"]
    assert len(table) == 6 * len(LAYERS) * len(MULTIPLIERS)
    for layer in LAYERS:
        assert change["strong", layer, 0.0] == 0
        assert change["strong", layer, 1.5] == pytest.approx(1.5 * 2.2 * PEAK[layer], abs=0.5)
        assert change["strong", layer, -1.0] < 0
    assert table["chosen"].groupby("layer").all().to_dict() == {2: False, 4: True, 6: False}


def test_all_layers_of_the_map_are_of_the_same_items() -> None:
    table = layer_map(standard())
    assert table.groupby("concept")["n"].nunique().eq(1).all()
    assert table["n"].eq(40).all()
