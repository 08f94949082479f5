"""Planted truth: joined to the curves that it is known for, and to no others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.models.catalogue import model_folder
from steering.models.planted import TRUTH, Planted, planted_of, with_truth

SLOPES = {"steerability": 0.0, "model": "m"}


def curve(item: int, direction: str, vector: str = "BASE", prompt: str = "BASE") -> dict:
    return {
        "concept": "tidy", "item": item, "order": item % 2, "vector_setting": vector,
        "prompt_setting": prompt, "direction": direction, "form": "chosen", **SLOPES,
    }  # fmt: skip


@pytest.fixture
def planted(tmp_path):
    """The truth of two items in BASE, for vectors of all settings."""
    truth = pd.DataFrame(
        [("tidy", 0, 0, "BASE", 1.5, -0.5), ("tidy", 1, 1, "BASE", 2.5, 0.25)],
        columns=["concept", "item", "order", "prompt_setting", *TRUTH],
    )
    truth.to_parquet(tmp_path / "planted.parquet")
    return Planted(tmp_path / "planted.parquet", tmp_path / "directions.safetensors")


def test_the_files_lie_in_the_models_folder(tmp_path):
    folder = model_folder("wren")
    found = planted_of(folder)
    assert found == Planted(folder / "planted.parquet", folder / "directions.safetensors")
    assert found.directions.is_file()
    assert planted_of(None) is None
    assert planted_of(tmp_path) is None


def test_a_curve_has_its_own_truth_and_a_control_has_none(planted):
    table = pd.DataFrame(
        [
            curve(1, "contrastive"),
            curve(0, "planted"),
            curve(0, "random"),
            curve(1, "own_norm", "SYS_POS"),
            curve(0, "contrastive", "SYS_POS"),
            curve(1, "contrastive", prompt="USER_NEG"),
            curve(7, "contrastive"),
        ]
    )
    found = with_truth(table, planted)
    assert list(found["item"]) == list(table["item"])
    np.testing.assert_array_equal(
        found["planted_steerability"], [2.5, 1.5, np.nan, np.nan, 1.5, np.nan, np.nan]
    )
    np.testing.assert_array_equal(
        found["planted_intercept"], [0.25, -0.5, np.nan, np.nan, -0.5, np.nan, np.nan]
    )
    assert list(found.dtypes[TRUTH]) == ["float64", "float64"]


def test_a_truth_by_vector_setting_holds_for_that_one_alone(planted):
    truth = pd.read_parquet(planted.table).assign(vector_setting="SYS_POS")
    truth.to_parquet(planted.table)
    table = pd.DataFrame([curve(0, "contrastive"), curve(0, "contrastive", "SYS_POS")])
    found = with_truth(table, planted)["planted_steerability"]
    np.testing.assert_array_equal(found, [np.nan, 1.5])


SAID_TRUTH = [
    # item, order, vector_setting, slope: pairs (0, 5), (1, 6) and (2, 7).
    *((0, 0, "BASE", 3.0), (0, 1, "BASE", -1.0), (5, 0, "BASE", 2.0), (5, 1, "BASE", 0.5)),
    *((1, 0, "BASE", 1.0), (1, 1, "BASE", -4.0), (6, 0, "BASE", 1.0), (6, 1, "BASE", 1.0)),
    *((2, 0, "BASE", 0.1), (2, 1, "BASE", 0.2), (7, 0, "BASE", -0.3), (7, 1, "BASE", 0.0)),
    *((0, 0, "SYS_POS", -3.0), (0, 1, "SYS_POS", 1.0), (5, 0, "SYS_POS", 1.0)),
    (5, 1, "SYS_POS", 0.5),
]


def spoken(item: int, partner: int, direction: str, vector: str = "BASE") -> dict:
    return curve(item, direction, vector) | {"form": "said", "partner": partner, "order": 0}


def test_of_what_is_said_the_sign_of_the_mean_over_both_items_and_orders_is_known(tmp_path):
    """A mean that is nothing but rounding has no sign: 0.1 + 0.2 - 0.3 is not quite zero."""
    assert 0.1 + 0.2 - 0.3 != 0
    truth = pd.DataFrame(SAID_TRUTH, columns=["item", "order", "vector_setting", TRUTH[0]])
    truth = truth.assign(concept="tidy", prompt_setting="BASE", planted_intercept=0.5)
    truth.to_parquet(tmp_path / "planted.parquet")
    planted = Planted(tmp_path / "planted.parquet", tmp_path / "directions.safetensors")
    pairs = [
        *(spoken(item, item + 5, "contrastive") for item in (0, 1, 2)),
        *(spoken(0, 5, "planted"), spoken(0, 5, "random")),
        *(spoken(0, 5, "contrastive", "SYS_POS"), spoken(3, 8, "contrastive")),
    ]
    found = with_truth(pd.DataFrame(pairs), planted)
    assert list(found["item"]) == [0, 1, 2, 0, 0, 0, 3]
    np.testing.assert_array_equal(found[TRUTH[0]], [1, -1, 0, 1, np.nan, -1, np.nan])
    assert found[TRUTH[1]].isna().all(), "where the line is at no vector is not planted"
    assert set(found["order"]) == {0}


def test_where_nothing_is_known_all_is_nan():
    found = with_truth(pd.DataFrame([curve(0, "contrastive")]), None)
    assert found[TRUTH].isna().all(axis=None)
