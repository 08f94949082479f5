"""Side effects at the operating point: slopes per dose times the dose, own and of others."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.side_effects import side_effects

UNITS = pd.DataFrame({"model": "m", "concept": ["a", "b", "c"], "unit": [0.5, 0.25, 1.0]})
MEANS = pd.DataFrame(
    [
        ("m", "a", "a", 2.0), ("m", "b", "a", 0.5), ("m", "c", "a", -3.0),
        ("m", "b", "b", 1.0), ("m", "a", "b", 0.0), ("m", "c", "b", 0.0),
    ],
    columns=["model", "concept", "vector_concept", "mean"],
)  # fmt: skip
POINTS = pd.DataFrame({"model": "m", "concept": ["a", "b"], "dose": [0.2, 0.4]})


def test_slopes_are_taken_per_dose_of_the_concept_asked():
    first, second = side_effects(MEANS, POINTS, UNITS).to_dict("records")
    assert first["own"] == pytest.approx(2.0 / 0.5 * 0.2)
    # On b: 0.5 / 0.25 · 0.2 = 0.4; on c: −3 · 0.2 = −0.6.
    assert first["spread"] == pytest.approx(((0.4**2 + 0.6**2) / 2) ** 0.5)
    assert (first["farthest"], first["others"]) == ("c", 2)
    assert first["farthest_change"] == pytest.approx(-0.6)
    assert second["own"] == pytest.approx(1.0 / 0.25 * 0.4)
    assert second["spread"] == 0


def test_a_vector_that_was_tried_on_nothing_else_has_none():
    alone = MEANS[MEANS["concept"] == MEANS["vector_concept"]]
    assert side_effects(alone, POINTS, UNITS).empty
    assert side_effects(MEANS, POINTS[:0], UNITS).empty
