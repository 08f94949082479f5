"""A row for each concept says what was planted in it."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.variability import by_concept, spread_by_concept
from tests.support.synthetic import DESIGNS, standard_curves


def test_every_concepts_row_says_what_was_planted() -> None:
    table = by_concept(standard_curves()).set_index("concept")
    base = select(standard_curves())
    assert list(table.index) == list(DESIGNS)
    for concept, row in table.iterrows():
        slopes = base[base["concept"] == concept]
        assert row["mean"] == pytest.approx(slopes["steerability"].mean())
        assert row["anti_steerable"] == pytest.approx((slopes["steerability"] < 0).mean())
        assert row["low"] <= slopes["planted_steerability"].mean() <= row["high"]
        assert row["anti_steerable_low"] <= row["anti_steerable"] <= row["anti_steerable_high"]
        assert (row["n"], row["items"], row["groups"], row["vectors"]) == (80, 40, 10, 20)
        assert row["sd"] == pytest.approx(slopes["steerability"].std())
    assert table.loc["strong", "beyond_chance"]
    assert not table.loc["inert", "beyond_chance"]
    assert table.loc["strong", "anti_steerable"] == 0 < table.loc["strong", "anti_steerable_high"]
    assert table.loc["inert", "anti_steerable"] > 0.3
    assert table.loc["inert", "anti_steerable_beyond_chance"] == 0
    assert table.loc["letter", "anti_steerable"] == pytest.approx(0.5)
    assert table.loc["strong", "r_squared"] > 0.99
    assert not [name for name in table.columns if name.endswith(("_x", "_y"))]


def test_another_pair_of_settings_is_another_table() -> None:
    shifted = by_concept(standard_curves(), vector_setting="SYS_POS", prompt_setting="USER_NEG")
    base = by_concept(standard_curves())
    ratio = shifted.set_index("concept")["mean"] / base.set_index("concept")["mean"]
    assert ratio["strong"] == pytest.approx(0.5, abs=0.02)
    assert ratio["letter"] == pytest.approx(1.0, abs=0.02)
    assert shifted["vectors"].eq(20).all()


def test_variances_are_those_between_curves_and_their_intervals_hold_them() -> None:
    found = spread_by_concept(standard_curves()).set_index(
        ["concept", "vector_setting", "prompt_setting"]
    )
    base = select(standard_curves())
    for concept in DESIGNS:
        slopes = base.loc[base["concept"] == concept, "steerability"]
        row = found.loc[(concept, "BASE", "BASE")]
        assert row["mean"] == pytest.approx(slopes.mean())
        assert row["variance"] == pytest.approx(slopes.var())
        assert row["variance_low"] <= row["variance"] <= row["variance_high"]
        assert row["mean_low"] <= row["mean"] <= row["mean_high"]
    halved = found.loc[("strong", "BASE", "USER_NEG"), "variance"]
    assert halved == pytest.approx(found.loc[("strong", "BASE", "BASE"), "variance"] / 4, rel=0.1)


def test_tables_put_below_each_other_need_no_index_of_their_own() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin")])
    found = by_concept(both).set_index(["model", "concept"])
    columns = ["mean", "low", "anti_steerable", "p"]
    assert found.loc["robin", columns].equals(found.loc["wren", columns])
    alone = by_concept(table).set_index("concept")
    assert found.loc["wren", columns].equals(alone[columns])
