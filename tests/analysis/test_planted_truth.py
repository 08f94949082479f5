"""What planted truth says of intervals and claims, where the plan is the test's own."""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from steering.analysis.planted_truth import (
    ALL,
    APART,
    AS_FOUND,
    AS_LEARNED,
    BASE,
    against_truth,
    claims_on_truth,
    covered_truth,
    reaches,
)
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    FOLLOWS,
    LETTER,
    MOVES,
    QUESTION,
    REVERSED,
    SHIFT,
    STEERING,
    TOWARDS_A,
    WRONG_WAY,
)
from tests.support.synthetic import DESIGNS, standard_curves

NONE = reaches([], None)


def reached(share: float) -> pd.DataFrame:
    return pd.DataFrame([("wren", name, share) for name in DESIGNS], columns=list(NONE))


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


def test_intervals_are_held_to_the_plan_and_to_what_was_learned() -> None:
    table = against_truth(standard_curves(), reached(1.0)).set_index(["concept", "against"])
    base = table[table["prompt_setting"] == BASE]
    for name in DESIGNS:
        plan = base.loc[(name, AS_FOUND)]
        assert plan["truth"] == pytest.approx(base.loc[(name, AS_LEARNED), "truth"], abs=1e-12)
        learned = base.loc[(name, AS_LEARNED), "mean"]
        assert base.loc[(name, APART), "truth"] == pytest.approx(learned, abs=1e-12)
        assert plan["held"] == (plan["low"] <= plan["truth"] <= plan["high"])
        assert base.loc[(name, APART), "vectors_resampled"] == plan["vectors_resampled"] > 0


def test_a_vector_that_reaches_half_as_far_is_held_to_half() -> None:
    curves = standard_curves()
    half = curves["steerability"].where(
        curves["direction"] == "planted", curves["steerability"] / 2
    )
    shorter = curves.assign(steerability=half)
    full, of_half = (
        covered_truth(shorter, reached(share)).set_index(["against", "settings"])
        for share in (1.0, 0.5)
    )
    # The inert one alone, and perhaps the one whose slopes vary most.
    assert full.loc[(AS_FOUND, BASE), "held"] <= 2
    assert full.loc[(APART, BASE), "held"] <= 2
    assert of_half.loc[(APART, BASE), "held"] >= len(DESIGNS) - 1


def test_counts_have_the_interval_of_as_many_concepts() -> None:
    table = covered_truth(standard_curves(), NONE).set_index(["against", "settings"])
    assert (APART, BASE) not in table.index
    row = table.loc[(AS_LEARNED, BASE)]
    low, high = proportion_confint(row["held"], row["of"], method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    all_settings = table.loc[(AS_FOUND, ALL)]
    assert all_settings["of"] == 5 * len(DESIGNS)
    # Settings of one concept are not independent.
    wide = proportion_confint(all_settings["held"], all_settings["of"], method="wilson")
    assert all_settings["high"] - all_settings["low"] >= wide[1] - wide[0] - 1e-9


def said(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["concept", "claim", "subject", "outcome"])
    return table.assign(model="wren", direction="contrastive")


def test_claims_are_right_where_the_plan_says_so() -> None:
    curves = standard_curves()
    plan = curves[(curves["concept"] == "reversed") & (curves["direction"] == "contrastive")]
    of_item = plan.groupby("item")["planted_steerability"].mean()
    turned, kept = of_item.idxmin(), of_item.idxmax()
    assert of_item[turned] < 0 < of_item[kept]
    rows = [
        ("strong", STEERING, "", MOVES),
        ("inert", STEERING, "", MOVES),
        ("weak", STEERING, "", WRONG_WAY),
        ("letter", LETTER, "", TOWARDS_A),
        ("strong", LETTER, "", TOWARDS_A),
        ("strong", SHIFT, "BASE→USER_NEG", BRITTLE),
        ("strong", SHIFT, "BASE→USER_POS", BRITTLE),
        ("reversed", QUESTION, str(turned), REVERSED),
        ("reversed", QUESTION, str(kept), REVERSED),
        ("reversed", QUESTION, str(kept + 0), FOLLOWS),
    ]
    found = claims_on_truth(said(rows), curves).set_index("outcome")
    counts = found[["made", "right", "wrong"]].apply(tuple, axis=1)
    assert counts[MOVES] == (2, 1, 1)
    assert counts[WRONG_WAY] == (1, 0, 1)
    assert counts[TOWARDS_A] == (2, 1, 1)
    assert counts[BRITTLE] == (2, 1, 1)
    assert counts[REVERSED] == (2, 1, 1)
    assert counts[FOLLOWS] == (1, 1, 0)
    assert found.loc[MOVES, "share"] == 0.5
    assert found.loc[FOLLOWS, "true"] == 2
