"""Words of training items that would teach a vector something else are named, clean ones not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from steering.concepts import load_concept, own_concepts
from steering.concepts.items import Item
from steering.concepts.leaks import LENGTH_RATE, begins_as_refusal, leaks, named
from steering.concepts.pairs import Pair, pairs_of
from steering.records.tables import NO_PARTNER
from tests.support import tiny


def answered(positive: list[str], negative: list[str]) -> tuple[Pair, ...]:
    return tuple(
        Pair(row, NO_PARTNER, str(row), "train", one, other, "?")
        for row, (one, other) in enumerate(zip(positive, negative, strict=True))
    )


def about(found, what):
    (one,) = (finding for finding in found if finding.about == what)
    return one


def changed(change):
    concept = tiny.concept()
    return replace(concept, items=tuple(change(item) for item in concept.items))


def test_a_set_with_long_positives_is_named_with_its_numbers():
    def longer(item: Item) -> Item:
        more = " and that is how it has always been" if item.positive_is_yes else ""
        return replace(item, statement=item.statement + more)

    found = about(leaks(changed(longer)), "length")
    assert found.alarm
    assert "the positive side is longer" in found.sentence
    train = changed(longer).of_split("train")
    mean = np.mean([len(item.statement) for item in train if item.positive_is_yes])
    assert f"positive texts have {mean:.0f} characters" in found.sentence


def test_long_answers_are_named_of_pairs_too_and_on_the_side_that_they_are_on():
    short, long = ([f"Number {at}{'x' * at * more}" for at in range(20)] for more in (0, 1))
    for pairs, side in ((answered(long, short), "positive"), (answered(short, long), "negative")):
        found = about(leaks(tiny.concept(), pairs), "length")
        assert f"the {side} side is longer" in found.sentence


def test_sides_of_one_length_are_not_named_beyond_the_stated_rate():
    generator, alarms, sets = np.random.default_rng(0), 0, 600
    for _ in range(sets):
        lengths = generator.integers(5, 90, size=(40, 2))
        pairs = answered(*(["x" * length for length in side] for side in lengths.T.tolist()))
        alarms += about(leaks(tiny.concept(), pairs), "length").alarm
    assert alarms <= stats.binom.ppf(0.99, sets, LENGTH_RATE)


def test_equal_lengths_and_few_texts_are_no_finding():
    same = ["equal"] * 20
    assert not about(leaks(tiny.concept(), answered(same, same)), "length").alarm
    few = about(leaks(tiny.concept(), answered(["longer text"] * 3, ["x"] * 3)), "length")
    assert not few.alarm
    assert "too few" in few.sentence
    constant = about(leaks(tiny.concept(), answered(["longer"] * 20, ["x"] * 20)), "length")
    assert constant.alarm


@pytest.mark.parametrize("text", ["I'm sorry, but no.", "“I’m sorry, but …", "AS A LANGUAGE MODEL"])
def test_a_refusal_is_known_by_its_beginning(text):
    assert begins_as_refusal(text)


@pytest.mark.parametrize("text", ["I can't stand a mess.", "I refuse to waste.", "Sorry", ""])
def test_what_a_person_would_not_do_is_no_refusal(text):
    assert not begins_as_refusal(text)


def test_refusing_answers_are_counted_on_their_side():
    positive = ["Gladly."] * 18 + ["I'm sorry, but I can't help with that."] * 2
    found = about(leaks(tiny.concept(), answered(positive, ["Never."] * 20)), "refusal")
    assert found.alarm
    assert found.items == (18, 19)
    assert "2 of 20 positive texts and 0 of 20 negative ones" in found.sentence


@pytest.mark.parametrize("name", own_concepts())
def test_our_own_concepts_give_nothing_away(name):
    concept = load_concept(name)
    for pairs in ((), pairs_of(concept, "train")):
        assert not any(finding.alarm for finding in leaks(concept, pairs))


def test_many_items_are_named_by_the_first_few():
    assert named([3]) == "item 3"
    assert named(list(range(20))) == "items 0, 1, 2, 3, 4, 5, 6, 7 and 12 more"
