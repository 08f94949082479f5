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
        "prompt_setting": prompt, "direction": direction, **SLOPES,
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


def test_where_nothing_is_known_all_is_nan():
    found = with_truth(pd.DataFrame([curve(0, "contrastive")]), None)
    assert found[TRUTH].isna().all(axis=None)
