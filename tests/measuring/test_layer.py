"""The choice of the layer: on validation items alone, the first of equal ones."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.measuring.layer import candidate_layers, choose_layer, layer_slopes
from steering.steerability import slopes


def test_the_largest_slope_is_chosen_and_the_first_of_equal_ones():
    assert choose_layer({0: 0.1, 1: 0.7, 2: 0.3}) == 1
    assert choose_layer({2: 0.7, 1: 0.7, 0: 0.1}) == 1
    assert choose_layer({4: -0.3, 5: -0.2}) == 5


def test_candidates_are_all_layers_or_those_named():
    assert candidate_layers("auto", 3) == candidate_layers("all", 3) == (0, 1, 2)
    assert candidate_layers((2, 0), 3) == (2, 0)
    for layer in (3, -1):
        with pytest.raises(Refused, match=rf"there is no layer {layer}: allowed are 0 to 2"):
            candidate_layers((0, layer), 3)


def test_the_layer_is_chosen_on_validation_items_alone(done):
    _, results = done
    card = results.cards[0]
    validation = results.items.loc[results.items["split"] == "validation", "item"]
    sweep = results.sweep[results.sweep["item"].isin(validation)]
    means = slopes(sweep).groupby("layer")["steerability"].mean()
    assert card["layer"] == means.idxmax()
    assert set(card["validation_slopes"]) == {"0", "1", "2"}
    for layer, slope in card["validation_slopes"].items():
        assert slope == pytest.approx(means[int(layer)])
    assert layer_slopes(sweep) == pytest.approx(means.to_dict())
