"""Doses and lengths are ratios of the norms on the card."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.dose import doses, lengths, with_doses
from tests.support.synthetic import NORM, standard

CARD = {
    "model": {"name": "wren"},
    "concept": {"name": "tidy"},
    "layer": 4,
    "vector_norms": {"BASE": 6.0, "USER_NEG": 5.0},
    "residual_norm": 24.0,
    "multipliers": [-1.5, 0.0, 1.0],
}


def test_a_dose_is_the_vectors_norm_over_the_residuals() -> None:
    found = doses([CARD]).set_index("multiplier")["dose"]
    assert found.to_dict() == pytest.approx({-1.5: 0.375, 0.0: 0.0, 1.0: 0.25})


def test_lengths_are_beside_the_vector_of_base() -> None:
    found = lengths([CARD]).set_index("vector_setting")["length"]
    assert found.to_dict() == pytest.approx({"BASE": 1.0, "USER_NEG": 5 / 6})
    whole = lengths(standard().cards)
    assert whole.groupby("vector_setting")["length"].nunique().eq(1).all()
    others = whole[whole["vector_setting"] != "BASE"]
    assert others.drop_duplicates("vector_setting").set_index("vector_setting")[
        "length"
    ].to_dict() == pytest.approx(NORM)


def test_without_cards_there_are_tables_without_rows() -> None:
    assert list(doses([]).columns) == ["model", "concept", "layer", "multiplier", "dose"]
    assert doses([]).empty
    assert lengths([]).empty


def test_slopes_per_dose_do_not_depend_on_the_length_of_the_vector() -> None:
    means = pd.DataFrame(
        {
            "model": "wren", "concept": ["tidy", "tidy", "unknown"], "mean": [2.0, 1.0, 1.0],
            "low": [1.0, 0.5, 0.5], "high": [3.0, 1.5, 1.5],
        }
    )  # fmt: skip
    short = {**CARD, "vector_norms": {"BASE": 3.0}}
    whole, half = with_doses(means[:1], [CARD]), with_doses(means[1:2], [short])
    assert whole["per_dose"].iloc[0] == pytest.approx(2.0 / 0.25)
    for name in ("per_dose", "per_dose_low", "per_dose_high"):
        assert half[name].iloc[0] == pytest.approx(whole[name].iloc[0])
    assert with_doses(means[2:], [CARD])["per_dose"].isna().all()
