"""Rewordings: what a model then sees, and which two tokens are scored."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace

import pytest
from transformers import PreTrainedTokenizerFast

from steering.concepts import ORDERS, load_concept
from steering.errors import Refused
from steering.models.tokenizer_file import tokenizer_file
from steering.prompts.rendering import prompts_table, render
from steering.prompts.rewordings import (
    FAMILIES,
    PUBLISHED,
    Rewording,
    cannot_be_put,
    loaded,
    mistyped,
    render_reworded,
    reworded_prompts,
)
from steering.records.tables import CONTRACTS, SETTINGS
from tests.support import tiny

EVERY = [one for family in FAMILIES.values() for one in family]
NAMED = {f"{one.family}.{one.name}": one for one in EVERY}
BOTH = pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])


def lettered(item):
    """Return an item as the risk sets write it."""
    layout = ("Which do you prefer?\nChoices:\n (A) ", "\n (B) ", "")
    return replace(item, question="Which do you prefer?", options=("Tea.", "Milk."), layout=layout)


def test_there_are_eight_families_of_several_wordings() -> None:
    assert len(FAMILIES) >= 8
    assert all(len(family) >= 4 for family in FAMILIES.values())
    settings = {one.setting for one in FAMILIES["settings"]}
    assert settings == {*SETTINGS} - {"BASE"}, "the paper's settings are a family of it"


@BOTH
def test_the_published_wording_and_the_settings_are_what_rendering_makes(joined: bool) -> None:
    concept, tokenizer = tiny.concept(), tiny.tokenizer(joined)
    for item in (concept.items[0], lettered(concept.items[1])):
        for order in ORDERS:
            made = render_reworded(concept, item, order, tokenizer, PUBLISHED)
            assert made == render(concept, item, "BASE", order, tokenizer)
            for wording in FAMILIES["settings"]:
                made = render_reworded(concept, item, order, tokenizer, wording)
                known = render(concept, item, wording.name, order, tokenizer)
                named = {"wording_family": "settings", "wording": wording.name}
                assert made == replace(known, **named)


@BOTH
@pytest.mark.parametrize("wording", FAMILIES["labels"], ids=lambda one: one.name)
def test_the_two_labels_are_scored_and_the_token_before_them_is_steered(
    joined: bool, wording: Rewording
) -> None:
    concept, tokenizer = tiny.concept(), tiny.tokenizer()
    # A tokenizer of the other kind knows no token "(1": it is given those of all labels.
    tokenizer = with_tokens(wording.labels) if joined else tokenizer
    for order in ORDERS:
        for item in (concept.items[0], lettered(concept.items[1])):
            prompt = render_reworded(concept, item, order, tokenizer, wording)
            first, second = wording.labels
            first_text, second_text = item.options if order == 0 else item.options[::-1]
            assert f"({first}" in prompt.text
            assert "(A)" not in prompt.text
            assert "(B)" not in prompt.text
            assert prompt.text.index(f"({first})") < prompt.text.index(f"({second})")
            shown = prompt.text.split(f"({first})")[1].split(f"({second})")
            assert first_text in shown[0]
            assert second_text in shown[1]
            begun = "(" if joined else ""
            scored = [tokenizer.decode([one]) for one in prompt.letter_ids]
            assert scored == [f"{begun}{label}" for label in wording.labels]
            positive = wording.labels[item.positive ^ order]
            assert tokenizer.decode([prompt.positive_letter_id]) == f"{begun}{positive}"
            whole = tokenizer(f"{prompt.text}({positive})", add_special_tokens=False)["input_ids"]
            assert whole[prompt.read_position] == prompt.positive_letter_id
            assert whole[: prompt.read_position] == list(prompt.token_ids)
            assert prompt.steered_from == prompt.read_position - 1


def with_tokens(labels: tuple[str, str]):
    """Return a tokenizer to which a bracket and the label behind it are one token."""
    tokenizer = copy.deepcopy(tiny.tokenizer(joined=True))
    tokenizer.add_tokens([f"({label}" for label in labels])
    return tokenizer


@pytest.mark.parametrize("model", ["wren", "linnet"])
def test_our_models_have_a_token_for_every_label(model: str) -> None:
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(tokenizer_file(model)))
    concept = load_concept("tidy")
    for wording in FAMILIES["labels"]:
        prompt = render_reworded(concept, concept.items[0], 0, tokenizer, wording)
        assert [tokenizer.decode([one]) for one in prompt.letter_ids] == [*wording.labels]


@pytest.mark.parametrize("labels", [("α", "β"), ("10", "11"), ("first", "second")])
def test_labels_without_a_token_each_are_refused(labels: tuple[str, str]) -> None:
    concept = tiny.concept()
    wording = Rewording("labels", "odd", labels=labels)
    with pytest.raises(Refused, match=f"no token of its own of each of the labels {labels[0]}"):
        render_reworded(concept, concept.items[0], 0, tiny.tokenizer(), wording)


@pytest.mark.parametrize("wording", EVERY, ids=lambda one: f"{one.family}.{one.name}")
def test_every_wording_asks_the_same_with_both_options(wording: Rewording) -> None:
    concept = tiny.concept()
    for item in (concept.items[0], lettered(concept.items[1])):
        said = wording.asked(item)
        for order in ORDERS:
            text = wording.user_turn(item, order)
            assert all(option in text for option in item.options)
            assert said in text
            if not wording.typos:
                asked = item.statement if "Is the following" in item.question else item.question
                assert asked in text
            assert "{" not in text
    published = concept.items[0].user_turn(0)
    system = wording.messages(concept, concept.items[0], 0)[0]["content"]
    base = PUBLISHED.messages(concept, concept.items[0], 0)[0]["content"]
    turn = wording.messages(concept, concept.items[0], 0)[1]["content"]
    assert (turn, system) != (published, base), "it changes something"


def test_no_two_wordings_are_one() -> None:
    concept = tiny.concept()
    for item in (concept.items[0], lettered(concept.items[1])):
        # In a question of two words that can be changed, two wordings may have the same typo.
        asked = [one for one in EVERY if item is concept.items[0] or not one.typos]
        seen = Counter(str(one.messages(concept, item, 0)) for one in [PUBLISHED, *asked])
        assert max(seen.values()) == 1


def test_what_each_family_changes() -> None:
    concept = tiny.concept()
    item = concept.items[0]
    said = {name: one.user_turn(item, 1) for name, one in NAMED.items()}
    assert said["question.true"] == (
        f'"{item.statement}"\nIs that true of you?\n\nChoices:\n(A): No\n(B): Yes'
    )
    assert said["labels.digits"] == item.user_turn(1).replace("(A)", "(1)").replace("(B)", "(2)")
    assert said["order.choices_first"] == f"Choices:\n(A): No\n(B): Yes\n\n{item.question}"
    assert said["language.german"].endswith(f'"{item.statement}"\n\nAuswahl:\n(A): No\n(B): Yes')
    assert said["context.bridge"].endswith(f"\n\n{item.user_turn(1)}")
    assert said["role.cook"] == item.user_turn(1)
    assert NAMED["role.cook"].messages(concept, item, 1)[0]["content"] == NAMED["role.cook"].system


def test_letters_change_places_in_as_many_words_and_the_same_ones_each_time() -> None:
    text = "Would someone really count every single coin before sleeping?"
    one = mistyped(text, 0.4, "many 1")
    assert one == mistyped(text, 0.4, "many 1")
    assert one != mistyped(text, 0.4, "other 1")
    words = list(zip(text.split(), one.split(), strict=True))
    changed = [(old, new) for old, new in words if old != new]
    assert len(changed) == 4, "40 % of nine words that can be changed"
    for old, new in changed:
        assert sorted(old) == sorted(new)
        assert old[0] == new[0]
        assert sum(a != b for a, b in zip(old, new, strict=True)) == 2
    assert mistyped("I am so.", 0.4, "x") == "I am so."
    assert mistyped("aaaa bbbbb", 1.0, "x") == "aaaa bbbbb"


def test_typos_leave_the_options_and_differ_from_item_to_item() -> None:
    concept = tiny.concept()
    wording = NAMED["typos.many"]
    turns = [wording.user_turn(item, 0) for item in concept.items[:6]]
    assert all("\n\nChoices:\n(A): Yes\n(B): No" in turn for turn in turns)
    frames = {turn.split("\n")[0] for turn in turns}
    assert len(frames) > 1
    assert wording.user_turn(concept.items[0], 0) == turns[0]


def test_a_statement_may_hold_marks_of_its_own() -> None:
    item = replace(tiny.concept().items[0], statement="{first} {A} {x}")
    question = f'Is it so?\n"{item.statement}"'
    item = replace(item, question=question, layout=(f"{question}\n(A): ", "\n(B): ", ""))
    for wording in (NAMED["order.choices_first"], NAMED["question.true"]):
        assert '"{first} {A} {x}"' in wording.user_turn(item, 0)


def test_without_a_system_role_what_needs_one_cannot_be_put() -> None:
    tokenizer = tiny.tokenizer(template=tiny.NO_SYSTEM)
    cannot = {one.name for one in EVERY if cannot_be_put(tokenizer, one)}
    assert cannot == {"SYS_POS", "SYS_NEG", *(one.name for one in FAMILIES["role"])}
    assert not any(cannot_be_put(tiny.tokenizer(), one) for one in EVERY)


def test_the_table_of_prompts_says_which_wording_each_is_in() -> None:
    concept = tiny.concept()
    prompts = [
        prompt
        for wording in [PUBLISHED, *FAMILIES["labels"], *FAMILIES["context"]]
        for prompt in reworded_prompts(concept, concept.items[:2], tiny.tokenizer(), wording)
    ]
    table = CONTRACTS["prompts"].validate(prompts_table(prompts, "tiny"))
    assert table.groupby("wording_family", sort=False)["wording"].nunique().to_dict() == {
        "published": 1,
        "labels": 5,
        "context": 4,
    }


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[a.b]\nlouder = "yes"', "the wording a.b has a field 'louder': allowed are before, "),
        ('[a.b]\nlabels = ["1"]', "the wording a.b has the labels"),
        ('[a.b]\nlabels = ["1", "1"]', "two that differ are needed"),
    ],
)
def test_data_that_are_not_what_they_must_be_are_refused(text: str, match: str) -> None:
    with pytest.raises(Refused, match=match):
        loaded(text)
