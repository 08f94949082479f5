import pandas as pd

from steering.analysis.side_effects import BEYOND, UNKNOWN
from steering.prose.side_effects import side_effect_finding, side_effects_observed


def test_vectors_with_side_effects_beyond_chance_are_counted() -> None:
    effects = pd.DataFrame({"outcome": [BEYOND, UNKNOWN, "no more than chance"]})
    assert side_effect_finding(effects).startswith("1 of 2 vectors do more to other concepts")


def test_what_it_rests_on_is_told() -> None:
    effects = pd.DataFrame({"others": [14, 14], "vectors": [40, 40]})
    assert side_effects_observed(effects) == (
        "2 vectors, each tried on 14 other concepts, 40 random ones"
    )
