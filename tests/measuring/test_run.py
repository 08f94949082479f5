"""The prompts of a run: which items, in which settings, and which are too long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from steering.concepts.pairs import pairs_of
from steering.errors import Refused
from steering.measuring.kept import Kept
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.run import (
    Run,
    items_of,
    questions_of,
    render_prompts,
    rendered_prompts,
    rendering,
)
from steering.models.loading import wrap
from steering.prompts.rendering import render
from steering.prompts.requests import asked
from tests.support import tiny
from tests.support.small import SMALL

PLAN = Plan(test_groups=5, train_groups=7, validation_groups=2, settings=("BASE", "USER_NEG"))


def run_of(plan=PLAN, template=tiny.TEMPLATE, **options):
    tokenizer = tiny.tokenizer(template=template)
    model = wrap(tiny.model("Llama", **options), tokenizer, name="tiny")
    return Run(model, tiny.concept(), plan, Kept(Path("unused"), {}))


def test_training_and_test_items_are_asked_in_every_setting_validation_in_base():
    made = render_prompts(run_of())
    assert set(made.prompts) == {
        ("train", "BASE"), ("train", "USER_NEG"), ("validation", "BASE"),
        ("test", "BASE"), ("test", "USER_NEG"),
    }  # fmt: skip
    for (split, setting), prompts in made.prompts.items():
        items = {item.item for item in made.items[split]}
        assert {(one.item, one.order) for one in prompts} == {(i, o) for i in items for o in (0, 1)}
        assert {one.prompt_setting for one in prompts} == {setting}
        assert all(item.split == split for item in made.items[split])
    counts = {split: len({item.group for item in some}) for split, some in made.items.items()}
    assert counts == {"train": 7, "validation": 2, "test": 5}
    assert made.too_long == 0
    assert len(made.all()) == sum(map(len, made.prompts.values()))


def test_a_rendered_prompt_has_the_hash_of_its_text_and_tokens_in_each_setting():
    plan = replace(PLAN, settings=("BASE", "SYS_POS"))
    found = rendering(run_of(plan), plan.settings)
    assert list(found) == ["BASE", "SYS_POS"]
    assert len({*found.values()}) == 2
    # Whatever the plan measures, it is of the same item.
    assert rendering(run_of(replace(plan, test_groups=1, per_group=1)), plan.settings) == found
    # One sign more in the template, or the same text in other tokens, is another one.
    longer = tiny.TEMPLATE.replace("<|end|>", "<|end|> ")
    others = rendering(run_of(plan, longer), plan.settings)
    run = run_of(plan)
    joined = replace(run, model=wrap(run.model.module, tiny.tokenizer(joined=True), name="tiny"))
    for other in (others, rendering(joined, plan.settings)):
        assert all(other[setting] != found[setting] for setting in plan.settings)


def test_settings_that_the_template_cannot_express_are_left_out():
    plan = replace(PLAN, settings=("BASE", "SYS_POS", "USER_NEG"))
    assert render_prompts(run_of(plan, tiny.NO_SYSTEM)).settings == ("BASE", "USER_NEG")


def test_an_item_that_is_too_long_in_one_setting_is_left_out_of_all():
    run = run_of()
    test = run.concept.of_split("test", 5, 1)
    longest = rendered_prompts(run.model, run.concept, test, "USER_NEG")
    context = max(one.read_position for one in longest)
    short = render_prompts(run_of(max_position_embeddings=context))
    left = {one.item for one in longest if one.read_position < context}
    assert 0 < len(left) < 5
    assert {item.item for item in short.items["test"]} == left
    for setting in PLAN.settings:
        assert {one.item for one in short.prompts["test", setting]} == left
    assert short.too_long >= 5 - len(left)


SAID = replace(PLAN, form="said")


def test_pairs_are_asked_behind_their_requests_in_every_setting():
    run = run_of(SAID)
    made = render_prompts(run)
    assert set(made.prompts) == set(render_prompts(run_of()).prompts)
    for (split, setting), prompts in made.prompts.items():
        pairs = {(one.item, one.partner): one for one in pairs_of(run.concept, split)}
        assert {one.prompt_setting for one in prompts} == {setting}
        assert {one.form for one in prompts} == {"said"}
        base = made.prompts[split, "BASE"]
        named = [(one.item, one.partner, one.request) for one in prompts]
        assert named == [(one.item, one.partner, one.request) for one in base]
        for prompt in prompts:
            pair = pairs[prompt.item, prompt.partner]
            texts = [run.model.tokenizer.decode(one) for one in prompt.answer_ids]
            assert texts == [pair.positive, pair.negative]
    sizes = {split: len(made.prompts[split, "BASE"]) for split in ("validation", "test")}
    assert sizes == {"validation": 2, "test": 5}
    assert len({one.request for one in made.prompts["test", "BASE"]}) == 5


def test_both_of_a_pair_are_among_the_items_in_the_order_of_the_file():
    run = run_of(SAID)
    made = render_prompts(run)
    for split, items in made.items.items():
        rows = [item.item for item in items]
        prompts = made.prompts[split, "BASE"]
        assert rows == sorted({row for one in prompts for row in (one.item, one.partner)})
        assert len(rows) == 2 * len(prompts)
        assert all(item.split == split for item in items)
        assert items == items_of(run.concept, prompts)
    lettered = render_prompts(run_of())
    some = lettered.prompts["test", "BASE"]
    assert {*items_of(run.concept, some)} == {*lettered.items["test"]}


def test_questions_are_items_or_pairs_with_their_requests():
    concept = tiny.concept()
    assert questions_of(concept, "chosen", "test", 5, 1) == concept.of_split("test", 5, 1)
    assert questions_of(concept, "said", "test", 3) == asked(pairs_of(concept, "test", 3))
    assert questions_of(concept, "said", "test") == asked(pairs_of(concept, "test"))
    few, many = (questions_of(concept, "said", "test", count, 1) for count in (2, 4))
    assert many[:2] == few, "more pairs leave the requests of those that were there"


def test_a_rendered_pair_has_a_hash_of_its_own():
    plan = replace(SAID, settings=("BASE", "SYS_POS"))
    found = rendering(run_of(plan), plan.settings)
    letters = rendering(run_of(replace(plan, form="chosen")), plan.settings)
    assert len({*found.values(), *letters.values()}) == 4
    assert rendering(run_of(replace(plan, test_groups=1)), plan.settings) == found


def test_a_pair_whose_reply_does_not_fit_is_left_out_of_all_and_said():
    whole = render_prompts(run_of(SAID))
    everything = whole.all()
    longest = max(one.last_position for one in everything)
    short = render_prompts(run_of(SAID, max_position_embeddings=longest))
    left = {one.item for one in everything if one.last_position >= longest}
    assert left
    assert all(one.last_position < longest for one in short.all())
    for (split, setting), prompts in short.prompts.items():
        kept = [one.item for one in whole.prompts[split, setting] if one.item not in left]
        assert [one.item for one in prompts] == kept
    assert short.too_long == len(left)
    assert "\n" not in short.left_out
    assert (whole.left_out, bool(short.left_out)) == ("", True)


def without_pairs(name):
    """The tiny concept with statements of one kind alone, or without its questions."""
    concept = tiny.concept()
    kept = {
        "positive": [one for one in concept.items if one.positive_is_yes],
        "negative": [one for one in concept.items if not one.positive_is_yes],
        "wordless": [replace(one, question="") for one in concept.items],
    }
    return replace(concept, items=tuple(kept[name]))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("positive", "all of its statements are positive, and some of both kinds are needed"),
        ("negative", "all of its statements are negative, and some of both kinds are needed"),
        ("wordless", "statements, or answers in words, are needed"),
    ],
)
def test_a_concept_without_pairs_is_refused_in_one_sentence_and_asked_by_letters(name, said):
    concept = without_pairs(name)
    with pytest.raises(Refused, match=said) as refused:
        render_prompts(replace(run_of(SAID), concept=concept))
    sentence = str(refused.value)
    assert sentence.startswith("concept 'thrift' has no pair of texts to reply in its train split")
    assert "\n" not in sentence
    assert render_prompts(replace(run_of(), concept=concept)).too_long == 0


def test_items_that_do_not_fit_the_context_are_counted(tmp_path):
    concept = tiny.concept()
    chosen = concept.of_split("test", 12)
    lengths = [
        render(concept, item, "USER_NEG", 0, tiny.tokenizer()).read_position for item in chosen
    ]
    folder = tiny.save(tmp_path / "short", max_position_embeddings=max(lengths))
    results = measure(str(folder), concept, replace(SMALL, test_groups=12), tmp_path / "run")
    assert results.cards[0]["skipped"]["too_long"] > 0
    assert 0 < results.cards[0]["items"]["test"] < 12
    folder = tiny.save(tmp_path / "shorter", max_position_embeddings=20)
    with pytest.raises(Refused, match="fits the context of 20 tokens"):
        measure(str(folder), tiny.concept(), SMALL, tmp_path / "none")
    assert not (tmp_path / "none").exists()
