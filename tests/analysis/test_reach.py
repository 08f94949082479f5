"""The reach of a vector is its component along the planted direction."""

from __future__ import annotations

import pandas as pd

from steering.analysis.reach import reaches


def test_the_reach_of_a_vector_is_its_component_in_units_of_the_planted_direction() -> None:
    lengths = pd.DataFrame({"concept": ["tidy", "late"], "length": [4.0, 4.0], "layer": [3, 3]})
    card = {
        "concept": {"name": "tidy"},
        "model": {"name": "wren"},
        "cosine_planted": 0.5,
        "vector_norms": {"BASE": 6.0},
        "layer": 3,
    }
    elsewhere = card | {"concept": {"name": "late"}, "layer": 4}
    unknown = card | {"cosine_planted": None}
    found = reaches([card, elsewhere, unknown], lengths)
    assert found.to_dict("records") == [{"model": "wren", "concept": "tidy", "reach": 0.75}]


def test_without_planted_directions_nothing_is_known() -> None:
    assert reaches([], None).empty
