import math

import pytest

from steering.analysis.geometry import cosines, doses
from steering.tables import SETTINGS
from tests.synthetic import standard

CARD = {
    "model": {"name": "wren"},
    "concept": {"name": "tidy"},
    "layer": 4,
    "cosines": {"BASE": 1.0, "USER_NEG": 0.9},
    "cosine_planted": None,
    "vector_norms": {"BASE": 6.0, "USER_NEG": 5.0},
    "residual_norm": 24.0,
    "multipliers": [-1.5, 0.0, 1.0],
}


def test_cosines_are_those_of_the_card() -> None:
    found = cosines([CARD])
    assert found["vector_setting"].to_list() == ["BASE", "USER_NEG"]
    assert found["cosine"].to_list() == [1.0, 0.9]
    assert all(map(math.isnan, found["cosine_planted"]))
    whole = cosines(standard().cards)
    assert set(whole["vector_setting"]) == set(SETTINGS)
    assert whole["cosine_planted"].eq(0.8).all()


def test_a_dose_is_the_vectors_norm_over_the_residuals() -> None:
    found = doses([CARD]).set_index("multiplier")["dose"]
    assert found.to_dict() == pytest.approx({-1.5: 0.375, 0.0: 0.0, 1.0: 0.25})
