"""Side effects at the operating point: slopes per dose times the dose, own and of others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.side_effects import (
    BEYOND,
    CHANCE,
    UNKNOWN,
    over_layers,
    random_means,
    side_effects,
)

UNITS = pd.DataFrame({"model": "m", "concept": ["a", "b", "c"], "unit": [0.5, 0.25, 1.0]})
MEANS = pd.DataFrame(
    [
        ("m", "a", "a", 2.0), ("m", "b", "a", 0.5), ("m", "c", "a", -3.0),
        ("m", "b", "b", 1.0), ("m", "a", "b", 0.0), ("m", "c", "b", 0.0),
    ],
    columns=["model", "concept", "vector_concept", "mean"],
)  # fmt: skip
NONE = pd.DataFrame({"model": [], "concept": [], "number": [], "mean": []})
POINTS = pd.DataFrame({"model": "m", "concept": ["a", "b"], "dose": [0.2, 0.4]})


def test_slopes_are_taken_per_dose_of_the_concept_asked():
    first, second = side_effects(MEANS, POINTS, UNITS, NONE).to_dict("records")
    assert first["own"] == pytest.approx(2.0 / 0.5 * 0.2)
    # On b: 0.5 / 0.25 · 0.2 = 0.4; on c: −3 · 0.2 = −0.6.
    assert first["spread"] == pytest.approx(((0.4**2 + 0.6**2) / 2) ** 0.5)
    assert (first["farthest"], first["others"]) == ("c", 2)
    assert first["farthest_change"] == pytest.approx(-0.6)
    assert second["own"] == pytest.approx(1.0 / 0.25 * 0.4)
    assert second["spread"] == 0
    assert (first["vectors"], first["outcome"]) == (0, UNKNOWN)


def test_a_vector_that_was_tried_on_nothing_else_has_none():
    alone = MEANS[MEANS["concept"] == MEANS["vector_concept"]]
    assert side_effects(alone, POINTS, UNITS, NONE).empty
    assert side_effects(MEANS, POINTS[:0], UNITS, NONE).empty


CONCEPTS = [f"c{at}" for at in range(12)]
UNIT = pd.DataFrame({"model": "m", "concept": CONCEPTS, "unit": 0.5})
POINT = pd.DataFrame({"model": "m", "concept": CONCEPTS, "dose": 0.2})


def drawn_means(draw, names, column):
    """Return slopes of random directions: questions of concepts are not alike, nor independent."""
    sizes = np.exp(draw.normal(0, 0.5, len(CONCEPTS)))
    shared = draw.normal(0, 1, (len(names), 1))
    slopes = sizes * (shared + draw.normal(0, 1, (len(names), len(CONCEPTS))))
    return pd.DataFrame(
        [
            ("m", concept, name, slopes[row, place])
            for row, name in enumerate(names)
            for place, concept in enumerate(CONCEPTS)
        ],
        columns=["model", "concept", column, "mean"],
    )


def in_one_world(seed):
    """Return what twelve vectors and forty random ones do, all of them drawn alike."""
    draw = np.random.default_rng(seed)
    every = drawn_means(draw, [*CONCEPTS, *range(40)], "vector_concept")
    ours = every["vector_concept"].isin(CONCEPTS)
    return every[ours], every[~ours].rename(columns={"vector_concept": "number"})


def test_vectors_that_are_random_are_hardly_ever_told_from_chance():
    claimed = [
        bool((side_effects(means, POINT, UNIT, random)["outcome"] == BEYOND).any())
        for means, random in map(in_one_world, range(40))
    ]
    # At most a twentieth of such reports may claim any: 2 of 40, and 6 by bad luck.
    assert sum(claimed) <= 6


def test_a_vector_that_does_more_to_others_than_random_ones_is_found():
    means, random = in_one_world(0)
    strong = means["vector_concept"] == "c3"
    means = means.assign(mean=means["mean"].where(~strong, 8.0))
    found = side_effects(means, POINT, UNIT, random).set_index("concept")
    assert found.loc["c3", "outcome"] == BEYOND
    assert (found.drop("c3")["outcome"] == CHANCE).all()
    assert found.loc["c3", "spread"] == pytest.approx(8 / 0.5 * 0.2)
    # Its size is that of random vectors at the same dose: a slope of about one, per 0.5, times 0.2.
    assert found["random"].between(0.2, 1).all()
    assert (found["random_low"] < found["random"]).all()
    assert (found["vectors"] == 40).all()


def test_chance_is_counted_over_the_same_other_concepts():
    means, random = in_one_world(1)
    found = side_effects(means, POINT, UNIT, random).set_index("concept")
    per_dose = random.assign(change=random["mean"] / 0.5 * 0.2)
    rest = per_dose[per_dose["concept"] != "c5"]
    spreads = rest.groupby("number")["change"].agg(lambda some: np.sqrt((some**2).mean()))
    assert found.loc["c5", "random"] == pytest.approx(spreads.median())


def test_random_vectors_are_those_of_the_base_prompt():
    curves = pd.DataFrame(
        [
            ("m", "a", "random", 0, "BASE", "BASE", 1.0),
            ("m", "a", "random", 0, "BASE", "BASE", 3.0),
            ("m", "a", "random", 0, "BASE", "USER_POS", 9.0),
            ("m", "a", "contrastive", 0, "BASE", "BASE", 9.0),
        ],
        columns=["model", "concept", "direction", "number", "vector_setting", "prompt_setting",
                 "steerability"],
    ).assign(kind="planted", layer=4)  # fmt: skip
    (row,) = random_means(curves).to_dict("records")
    assert row == {"model": "m", "concept": "a", "number": 0, "mean": 2.0}


def layered():
    """Two vectors and two random ones on two concepts, at one layer and dose."""
    rows = [
        ("a", "a", "contrastive", 0, 3.0), ("b", "a", "contrastive", 0, -0.3),
        ("c", "a", "contrastive", 0, 0.4), ("a", "b", "contrastive", 0, 0.1),
        ("b", "b", "contrastive", 0, -1.0), ("c", "b", "contrastive", 0, 0.0),
        ("a", "", "random", 0, 0.3), ("b", "", "random", 0, -0.3), ("c", "", "random", 0, 0.3),
        ("a", "", "random", 1, 0.5), ("b", "", "random", 1, 0.5), ("c", "", "random", 1, -0.5),
    ]  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["concept", "vector_concept", "direction", "number", "change"]
    )
    return table.assign(model="m", layer=3, dose=0.35)


def test_over_layers_own_and_others_are_kept_apart():
    (row,) = over_layers(layered()).to_dict("records")
    spreads = [((0.3**2 + 0.4**2) / 2) ** 0.5, (0.1**2 / 2) ** 0.5]
    assert row["own"] == pytest.approx(2.0)
    assert row["spread"] == pytest.approx(np.mean(spreads))
    assert row["low"] == pytest.approx(np.quantile(spreads, 0.25))
    assert row["high"] == pytest.approx(np.quantile(spreads, 0.75))
    assert row["random"] == pytest.approx(0.4)
    assert (row["vectors"], row["others"], row["numbers"]) == (2, 2, 2)


def test_layers_and_doses_have_a_row_each():
    both = pd.concat([layered(), layered().assign(layer=5), layered().assign(dose=1.0)])
    found = over_layers(both)
    assert [*zip(found["layer"], found["dose"], strict=True)] == [(3, 0.35), (3, 1.0), (5, 0.35)]
    assert over_layers(layered()[:0]).empty
