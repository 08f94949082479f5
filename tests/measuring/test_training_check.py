"""Training pairs checked on a model: a flipped one is named, and clean ones as rarely as stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from steering.concepts import load_concept
from steering.measuring import training_check
from steering.measuring.training_check import (
    RATE,
    checked_pairs,
    direction_finding,
    outliers,
)
from steering.models.loading import load_model
from tests.support import tiny


@pytest.fixture(scope="module")
def wren():
    return load_model("wren")


def about(found, what):
    (one,) = (finding for finding in found if finding.about == what)
    return one


def flipped(concept, count):
    """The concept with the labels of its first training items turned over, and which these are."""
    rows = [item.item for item in concept.of_split("train")][:count]
    items = tuple(
        replace(item, positive=1 - item.positive) if item.item in rows else item
        for item in concept.items
    )
    return replace(concept, items=items), tuple(sorted(rows))


@pytest.mark.parametrize("count", [1, 4])
def test_flipped_pairs_are_named_by_their_rows(wren, count):
    concept, rows = flipped(load_concept("tidy"), count)
    found = about(checked_pairs(wren, concept), "direction")
    assert found.alarm
    assert found.items == rows
    assert f"{count} of " in found.sentence
    assert f"{'item' if count == 1 else 'items'} {rows[0]}" in found.sentence


def test_a_clean_concept_raises_no_alarm(wren):
    found = checked_pairs(wren, load_concept("tidy"))
    assert [one.about for one in found] == ["length", "refusal", "side", "direction"]
    assert not any(one.alarm for one in found)


def test_both_forms_are_checked(wren):
    found = checked_pairs(wren, load_concept("tidy"), form="said")
    assert not about(found, "direction").alarm
    assert "33 questions" in about(found, "side").sentence


def test_a_model_that_takes_one_side_is_said_to(tmp_path, monkeypatch):
    model = load_model(str(tiny.save(tmp_path / "tiny")))
    whole = training_check.by_itself
    monkeypatch.setattr(training_check, "by_itself", lambda *asked: whole(*asked).abs())
    found = about(checked_pairs(model, tiny.concept()), "side")
    assert found.alarm
    assert "(100%)" in found.sentence


def test_values_of_one_normal_are_named_no_more_often_than_stated():
    generator, sets = np.random.default_rng(0), 600
    for size in (15, 60, 200):
        alarms = sum(bool(outliers(generator.normal(2.0, 1.0, size))) for _ in range(sets))
        assert alarms <= stats.binom.ppf(0.99, sets, RATE)


def test_several_low_values_do_not_hide_each_other():
    values = np.random.default_rng(1).normal(5.0, 1.0, 100)
    values[[3, 30, 60, 90]] -= 10
    assert sorted(outliers(values)) == [3, 30, 60, 90]
    assert outliers(-values) == []


def test_few_or_equal_values_are_never_named():
    assert outliers(np.array([1.0, 1.0, -9.0])) == []
    assert outliers(np.ones(50)) == []


def test_noise_is_counted_beside_what_is_expected_of_it_and_not_named():
    """Of a weak direction many questions point against the mean: that is no fault of theirs."""
    projected = np.random.default_rng(2).normal(0.5, 1.0, 200)
    found = direction_finding(projected, np.sign(projected) * 0.1, list(range(200)), 4)
    expected = 200 * stats.norm.cdf(-projected.mean() / projected.std(ddof=1))
    assert not found.alarm
    assert f"noise alone lets about {expected:.0f} do so" in found.sentence
    assert f"{(projected < 0).sum()} of 200" in found.sentence
