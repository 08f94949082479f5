"""Reversal in both orders, and in both models, beside what independence would give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.reversed import in_both_models, in_both_orders, where_moved
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.many import verdicts
from tests.support.synthetic import RESAMPLED, keyed, standard_curves


def drawn(a: np.ndarray, b: np.ndarray, *, model: str = "wren", concept: str = "c") -> pd.DataFrame:
    """Curves of one concept: slopes of its questions with the positive answer at A, and at B."""
    parts = []
    for order, (letter, slopes) in enumerate((("A", a), ("B", b))):
        rows = pd.DataFrame({"item": range(len(slopes)), "steerability": slopes})
        parts.append(rows.assign(order=order, positive_letter=letter))
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(model=model, concept=concept, kind=YOURS, group=table["item"].astype(str))
    base = {"vector_setting": "BASE", "prompt_setting": "BASE", "direction": "contrastive"}
    return keyed(table.assign(**base, layer=4, form="chosen"))


def test_orders_that_are_independent_reverse_as_many_as_expected() -> None:
    draw = np.random.default_rng(3)
    a, b = draw.normal(0.5, 1, 4000), draw.normal(0.5, 1, 4000)
    row = in_both_orders(drawn(a, b)).iloc[0]
    assert row["questions"] == 4000
    assert row["first"] == pytest.approx((a < 0).mean())
    assert row["second"] == pytest.approx((b < 0).mean())
    assert row["count"] == ((a < 0) & (b < 0)).sum()
    assert row["expected"] == pytest.approx(4000 * (a < 0).mean() * (b < 0).mean())
    assert row["low"] <= row["expected"] / 4000 <= row["high"]


def test_questions_of_their_own_kind_are_reversed_in_both() -> None:
    draw = np.random.default_rng(4)
    question = draw.normal(1, 1, 200)
    row = in_both_orders(drawn(question + draw.normal(0, 0.1, 200), question)).iloc[0]
    assert row["low"] > row["expected"] / row["questions"]
    assert row["both"] == row["count"] / 200


def test_what_is_planted_reversed_is_counted_and_knows_of_training_pairs() -> None:
    table = in_both_orders(standard_curves()).set_index("concept")
    turned = select(standard_curves()).query("concept == 'reversed'")
    planted = turned.groupby("item")["planted_steerability"].max() < 0
    assert table.loc["reversed", "count"] == planted.sum() > 0
    assert table.loc["strong", "count"] == table.loc["letter", "count"] == 0
    assert table.loc["letter", "second"] == 1, "a push towards A reverses one order alone"
    assert (table["vectors_resampled"] == RESAMPLED).all()
    assert (table["low"] <= table["both"]).all()
    assert (table["both"] <= table["high"]).all()


def test_over_concepts_each_is_independent_within_itself() -> None:
    """Two concepts that never and always fall are as many as expected, and not twice as many."""
    up, down = np.full(30, 1.0), np.full(30, -1.0)
    both = pd.concat([drawn(up, up), drawn(down, down, concept="d")])
    row = in_both_orders(both, by=("model", "kind")).iloc[0]
    assert (row["questions"], row["count"], row["expected"]) == (60, 30, 30)
    assert row["groups"] == 60, "groups of different concepts that have one name are two groups"


def test_models_that_share_questions_reverse_the_same_ones() -> None:
    draw = np.random.default_rng(5)
    question, other = draw.normal(1, 1, 300), draw.normal(1, 1, 300)
    same = pd.concat([drawn(question, question), drawn(question, question, model="robin")])
    row = in_both_models(same).iloc[0]
    assert (row["model_x"], row["model_y"], row["concept"]) == ("wren", "robin", "c")
    assert row["count"] == (question < 0).sum()
    assert row["expected"] == pytest.approx(300 * (question < 0).mean() ** 2)
    assert row["low"] > row["expected"] / 300
    apart = pd.concat([drawn(question, question), drawn(other, other, model="robin")])
    row = in_both_models(apart, by=()).iloc[0]
    assert row["low"] <= row["expected"] / 300 <= row["high"]
    assert in_both_models(drawn(question, question)).empty


def test_kinds_are_never_pooled() -> None:
    curves = standard_curves()
    kinds = curves["concept"].map({"strong": OURS, "reversed": PUBLIC}).fillna(YOURS)
    table = in_both_orders(curves.assign(kind=kinds), by=("model", "kind")).set_index("kind")
    assert table.loc[OURS, "questions"] == table.loc[PUBLIC, "questions"] == 40
    assert table.loc[OURS, "count"] == 0 < table.loc[PUBLIC, "count"]


def test_only_concepts_whose_answers_are_moved_count() -> None:
    claims = verdicts({"strong": OURS, "inert": OURS}, 1)
    kept = where_moved(standard_curves(), claims)
    assert set(kept["concept"]) == {"strong"}
    assert len(kept) == (standard_curves()["concept"] == "strong").sum()
    assert in_both_orders(kept.iloc[:0]).empty
