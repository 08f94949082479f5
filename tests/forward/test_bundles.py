"""Bundles: every answer is read along its own tokens, and what answers share is there once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from steering.forward.bundles import bundles_of, numbers_of, reading_of, tails_of
from tests.support import cases

CASE = cases.case("Llama")
PROMPT = CASE.prompts[0]
ANSWER = st.lists(st.integers(1, 3), min_size=1, max_size=7).map(tuple)
PAIRS = st.lists(st.tuples(ANSWER, ANSWER), min_size=1, max_size=8)


def large(prompts, size):
    """Cost by which the fewest bundles are best."""
    return len(prompts)


def small(prompts, size):
    """Cost by which the smallest trees are best."""
    return size


def asked_with(pairs, prompts=(PROMPT,)):
    """Prompts with these answers, the prompts in turn."""
    return [replace(prompts[at % len(prompts)], answer_ids=pair) for at, pair in enumerate(pairs)]


def line(bundle, place):
    """The tokens on the way to a token of a tree, itself last."""
    tokens = []
    while place >= 0:
        tokens.append(bundle.ids[place])
        place = bundle.parents[place]
    return tokens[::-1]


@settings(deadline=None, derandomize=True)
@given(PAIRS, st.sampled_from([large, small, lambda prompts, size: len(prompts) * size]))
def test_every_token_is_read_behind_the_tokens_before_it(pairs, cost):
    prompts = asked_with(pairs, cases.moved(CASE.prompts[:1], earlier=1) + CASE.prompts[:2])
    bundles = bundles_of(prompts, pairs, cost)
    found = sorted(number for one in bundles for number in one.answers)
    assert found == [*range(2 * len(pairs))]
    for one in bundles:
        assert all(parent < at for at, parent in enumerate(one.parents))
        for number, read in zip(one.answers, one.read, strict=True):
            prompt, answer = prompts[number // 2], pairs[number // 2][number % 2]
            assert one.prompt == prompt.unsteered_ids
            expected = [[*prompt.steered_ids, *answer[:at]] for at in range(len(answer))]
            assert [line(one, place) for place in read] == expected


@settings(deadline=None, derandomize=True)
@given(PAIRS)
def test_what_answers_share_is_there_once_where_all_are_together(pairs):
    (bundle,) = bundles_of(asked_with(pairs), pairs, large)
    answers = [answer for pair in pairs for answer in pair]
    beginnings = {answer[:end] for answer in answers for end in range(len(answer))}
    assert len(bundle.ids) == len(beginnings)
    own = {(bundle.parents[at], bundle.ids[at]) for at in range(len(bundle.ids))}
    assert len(own) == len(bundle.ids)


@settings(deadline=None, derandomize=True)
@given(PAIRS)
def test_no_tree_is_larger_than_the_longest_answer_where_that_costs_least(pairs):
    bundles = bundles_of(asked_with(pairs), pairs, small)
    assert {len(one.ids) for one in bundles} == {max(len(each) for pair in pairs for each in pair)}


def test_the_cost_decides_how_many_bundles_there_are():
    pairs = [((at, *range(10)), (at, *range(20, 30))) for at in range(8)]
    tried = []

    def cost(prompts, size):
        tried.append((len(prompts), size))
        return abs(len(prompts) - 4)

    assert len(bundles_of(asked_with(pairs), pairs, cost)) == 4
    assert tried == sorted(tried, key=lambda one: one[1])
    assert {number for number, _ in tried} >= {16, 8, 4, 2, 1}


def test_letters_behind_a_prompt_are_one_token_and_nothing_is_compared():
    pairs = [((7,), (8,))] * len(CASE.prompts)

    def cost(prompts, size):
        raise AssertionError("there is one division only")

    bundles = bundles_of(CASE.prompts, pairs, cost)
    assert [one.ids for one in bundles] == [[PROMPT.token_ids[-1]]] * len(CASE.prompts)
    reading = reading_of(bundles, pairs)
    assert reading.tails.tolist() == [[0, 0]] * len(CASE.prompts)
    assert [sorted(each) for each in reading.tokens.tolist()] == [[7, 8]] * len(CASE.prompts)


def test_prompts_that_differ_in_the_steered_tokens_alone_do_not_share_a_bundle():
    """What is likely to follow the tokens before is read once for each bundle."""
    other = replace(PROMPT, token_ids=(*PROMPT.token_ids[:-1], 5))
    assert other.unsteered_ids == PROMPT.unsteered_ids
    pairs = [((7,), (8,))] * 2
    assert len(bundles_of([PROMPT, other], pairs, large)) == 2


def test_fewer_answers_and_shorter_ones_are_filled_up():
    pairs = [((1, 2, 3), (1, 2)), ((4, 5), (4,)), ((1, 6), (1, 2, 3))]
    prompts = asked_with(pairs, CASE.prompts[:2])
    bundles = bundles_of(prompts, pairs, large)
    numbers = numbers_of(bundles)
    assert numbers.shape == (2, 4)
    assert sorted(numbers[0]) == [0, 1, 4, 5]
    assert sorted(numbers[1]) == [-1, -1, 2, 3]
    reading = reading_of(bundles, pairs)
    assert reading.tails.shape == reading.tokens.shape == (2, 4 * 3)
    tokens = reading.tokens.view(2, 4, 3)[1, [*numbers[1]].index(2)]
    assert tokens.tolist() == [4, 5, 0]
    tails = tails_of(bundles, 3)
    assert len(tails.ids) == 2
    assert [len(copies) for copies in tails.ids] == [3, 3]
    assert tails.size == len(bundles[0].ids) == len(bundles[1].ids)
