"""Controls beside the effect: paired, by groups, and no control taken for another."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from steering.analysis.controls import CONTROLS, VECTOR, controls, prompting, vector_means
from steering.analysis.curves import select
from steering.analysis.statistics.training_pairs import means
from steering.records.kinds import YOURS
from steering.records.results import Results
from tests.support.synthetic import (
    CARRIED,
    DESIGNS,
    OTHER,
    SHUFFLED,
    keyed,
    standard,
    standard_curves,
)

PAIR = {
    "model": "wren",
    "concept": "mine",
    "kind": YOURS,
    "vector_setting": "BASE",
    "prompt_setting": "BASE",
}
PERSONAS = {"SYS_POS": 4.0, "SYS_NEG": -3.0, "USER_POS": 1.0, "USER_NEG": -2.0}


def found(table: pd.DataFrame, concept: str) -> pd.DataFrame:
    rows = controls(table)
    return rows[rows["concept"] == concept].set_index("control")


def planted(slopes: np.ndarray, group: np.ndarray, factor: float) -> pd.DataFrame:
    """Curves along a planted direction, whose slopes are a multiple of the contrastive one's."""
    made = keyed(pd.DataFrame({**PAIR, "layer": 4, "item": range(len(slopes)), "order": 0}))
    made = made.assign(group=group, direction="contrastive", steerability=slopes)
    truth = made.assign(direction="planted", steerability=factor * slopes)
    return pd.concat([made, truth], ignore_index=True)


def test_every_kind_is_counted_and_has_its_share_of_the_slope() -> None:
    rows = found(standard_curves(), "strong")
    assert list(rows.index) == list(CONTROLS)
    assert rows["vectors"].to_list() == [1, 1, 1, SHUFFLED, 20]
    assert rows["ratio"]["contrastive"] == 1
    assert rows["ratio"]["planted"] == pytest.approx(1, abs=0.02)
    assert rows["ratio"]["other"] == pytest.approx(CARRIED, abs=0.02)
    assert rows["other"]["other"] == OTHER
    assert (rows["other"].drop("other") == "").all()
    each = vector_means(standard_curves()).query("concept == 'strong' and control == 'shuffled'")
    assert rows["mean"]["shuffled"] == pytest.approx(each["mean"].mean())
    assert rows["size"]["shuffled"] == pytest.approx(math.sqrt((each["mean"] ** 2).mean()))


def test_ratios_are_paired_and_by_groups() -> None:
    draw = np.random.default_rng(0)
    group = np.repeat(np.arange(12), 5)
    slopes = draw.normal(2, 1, 12)[group]
    rows = found(planted(slopes, group, 0.8), "mine")
    ratio = rows.loc["planted", ["ratio", "ratio_low", "ratio_high"]]
    # Each item's own ratio is the same: groups that differ widen the mean's interval, not it.
    assert ratio.to_list() == pytest.approx([0.8] * 3)
    assert rows["high"]["planted"] - rows["low"]["planted"] > 0.3
    # Items of a group are alike: five of them say no more than one.
    one = {"direction": "contrastive", "number": 0}
    alone = means(pd.DataFrame({**one, "y": slopes[::5], "group": range(12)}), "y", [])
    assert rows["low"]["contrastive"] == pytest.approx(alone["low"][0], abs=0.02)
    assert rows["groups"].unique() == [12]


def test_a_multiple_of_nothing_is_not_given() -> None:
    rows = found(standard_curves(), "inert")
    assert rows[["ratio", "ratio_low", "ratio_high"]].isna().all(axis=None)
    assert rows[["mean", "low", "high"]].notna().all(axis=None)


def test_what_is_no_control_changes_nothing() -> None:
    table = standard_curves()
    made = select(table)
    crowd = [made.assign(direction="resampled", number=n, steerability=100.0) for n in range(3)]
    # Only the contrastive vector's own interval knows of resampled ones.
    own = ["low", "high", "vectors_resampled"]
    crowded, alone = controls(pd.concat([table, *crowd])), controls(table)
    assert crowded.drop(columns=own).equals(alone.drop(columns=own))
    others = alone["control"] != "contrastive"
    assert crowded.loc[others, own].equals(alone.loc[others, own])
    assert (alone.loc[~others, "vectors_resampled"] > alone.loc[others, own[2]].max()).all()


def test_a_perturbed_vector_says_only_what_the_random_control_has_said() -> None:
    """The vector "keeps 98 %": 1 + random slope / own slope, whatever its direction."""
    draw = np.random.default_rng(1)
    own, random = draw.normal(2, 0.3, 200), draw.normal(0, 0.2, 200)
    kept = (own + random).mean() / own.mean()
    assert kept == pytest.approx(1 + random.mean() / own.mean())
    assert "perturbed" not in CONTROLS


def test_without_controls_only_the_vector_is_left() -> None:
    rows = controls(select(standard_curves()))
    assert set(rows["control"]) == {"contrastive"}


def told(personas: dict[str, float]) -> Results:
    """The standard results in a model that each prompt setting moves by so much."""
    sweep = standard().sweep
    shift = sweep["prompt_setting"].map(personas).fillna(0)
    return dataclasses.replace(
        standard(), sweep=sweep.assign(propensity=sweep["propensity"] + shift)
    )


def test_the_prompt_alone_is_held_against_the_vector_on_its_own_side() -> None:
    rows = prompting(standard_curves(), told(PERSONAS))
    rows = rows[rows["concept"] == "strong"].set_index(["means", "towards"])
    vector = {side: rows["mean"][VECTOR, side] for side in (1, -1)}
    assert vector[1] == pytest.approx(DESIGNS["strong"].strength, abs=0.2)
    assert vector[-1] == pytest.approx(-DESIGNS["strong"].strength, abs=0.2)
    for setting, shift in PERSONAS.items():
        side = 1 if setting.endswith("POS") else -1
        row = rows.loc[(setting, side)]
        # Every item is moved by as much, so that nothing is left for an interval.
        assert [row["mean"], row["low"], row["high"]] == pytest.approx([shift] * 3)
        assert row["ahead"] == pytest.approx(abs(shift) - abs(vector[side]))
        assert row["ahead_low"] < row["ahead"] < row["ahead_high"]
    assert rows["ahead"]["SYS_NEG", -1] > 0 > rows["ahead"]["USER_NEG", -1]
    assert rows["ahead"][VECTOR].isna().all()


def test_what_was_not_asked_has_no_row() -> None:
    few = dataclasses.replace(
        standard(), sweep=standard().sweep.query("not prompt_setting.str.startswith('SYS')")
    )
    assert set(prompting(standard_curves(), few)["means"]) == {"USER_POS", "USER_NEG", VECTOR}
    far = prompting(standard_curves(), standard(), multiplier=3.0)
    assert VECTOR not in set(far["means"])
    assert far["ahead"].isna().all()
