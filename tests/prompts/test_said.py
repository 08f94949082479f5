"""The form `said`: two texts behind a request, tokenised as the model itself would."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.concepts import load_concept
from steering.concepts.pairs import Pair, pairs_of
from steering.errors import Refused
from steering.prompts.forms import SAID
from steering.prompts.rendering import prompts_table
from steering.prompts.requests import REQUESTS, Asked, asked
from steering.prompts.said import render_said
from steering.prompts.settings import PROMPT_SETTINGS
from steering.records.tables import CONTRACTS, NO_LETTER, NO_PARTNER, SETTINGS
from tests.support import tiny

CONCEPT = tiny.concept()
ASKED = asked(pairs_of(CONCEPT, "test"))
JOINED = pytest.mark.parametrize("joined", [False, True])


def rendered(one=ASKED[0], setting="BASE", tokenizer=None):
    return render_said(CONCEPT, one, setting, tokenizer or tiny.tokenizer())


def with_texts(positive, negative, question=""):
    pair = replace(ASKED[0].pair, positive=positive, negative=negative, question=question)
    return Asked(pair, REQUESTS["briefly" if question else "yourself"])


@JOINED
@pytest.mark.parametrize("setting", SETTINGS)
def test_both_replies_are_their_texts_behind_the_request(setting, joined):
    tokenizer = tiny.tokenizer(joined)
    for one in ASKED[:7]:
        prompt = rendered(one, setting, tokenizer)
        assert prompt.text.endswith(f"{one.request.text}<|end|><|assistant|>")
        assert tokenizer.decode(prompt.token_ids) == prompt.text
        assert prompt.token_ids[-1] == tokenizer.convert_tokens_to_ids("<|assistant|>")
        texts = [tokenizer.decode(reply) for reply in prompt.answer_ids]
        assert texts == [one.pair.positive, one.pair.negative]
        assert tokenizer.eos_token_id not in {*prompt.answer_ids[0], *prompt.answer_ids[1]}


def test_the_personas_stand_where_the_settings_say():
    for setting in SETTINGS:
        about = PROMPT_SETTINGS[setting].messages(CONCEPT, ASKED[0].request.text)
        assert all(message["content"] in rendered(setting=setting).text for message in about)


def test_it_says_what_it_is_of():
    prompt = rendered()
    pair = ASKED[0].pair
    assert (prompt.form, prompt.request) == ("said", ASKED[0].request.name)
    assert (prompt.item, prompt.partner, prompt.order) == (pair.item, pair.partner, 0)
    assert prompt.positive_is_yes is None
    assert prompt.positive_first
    assert (prompt.positive_letter_id, prompt.negative_letter_id) == (NO_LETTER, NO_LETTER)
    assert prompt.begun == ""


def test_every_token_of_the_reply_is_steered_and_read():
    prompt = rendered()
    size = len(prompt.token_ids)
    assert (prompt.read_position, prompt.steered_from) == (size, size - 1)
    assert prompt.positions.to_the_end
    assert len(prompt.steered_ids) == 1
    assert prompt.last_position == size + max(map(len, prompt.answer_ids)) - 1


def test_texts_with_a_common_beginning_keep_it():
    prompt = rendered(with_texts("I save.", "I save my wages."))
    tokenizer = tiny.tokenizer()
    assert [tokenizer.decode(one) for one in prompt.answer_ids] == ["I save.", "I save my wages."]
    assert prompt.answer_ids[0][0] == prompt.answer_ids[1][0]


def test_a_token_across_the_boundary_is_the_replys():
    """Without a template the prompt ends in a blank, which joins the first word of a reply."""
    tokenizer = tiny.tokenizer(joined=True, template=None)
    alone = tokenizer(rendered(tokenizer=tokenizer).text)["input_ids"]
    prompt = rendered(with_texts("save my wages.", "spend my wages."), tokenizer=tokenizer)
    assert prompt.text.endswith("Answer: ")
    assert prompt.token_ids == tuple(alone[:-1])
    assert tokenizer.decode(alone[-1:]) == " "
    for reply, text in zip(prompt.answer_ids, ("save my wages.", "spend my wages."), strict=True):
        assert tokenizer.decode(reply) == f" {text}"
        assert [*prompt.token_ids, *reply] == tokenizer(prompt.text + text)["input_ids"]
    # Where only one of the two joins it, the blank is the reply's all the same, for both.
    prompt = rendered(with_texts("save my wages.", "(A)"), tokenizer=tokenizer)
    assert prompt.token_ids == tuple(alone[:-1])
    assert tokenizer.decode(prompt.answer_ids[1]) == " (A)"


def test_an_open_question_is_put_without_its_lettered_choices():
    pair = Pair(3, NO_PARTNER, "g", "test", "Gladly.", "Never.", "Would you save {all}?")
    prompt = rendered(Asked(pair, REQUESTS["own-words"]), "USER_NEG")
    assert f"You are wasteful.\n\n{pair.question}\n\nAnswer in your own words." in prompt.text
    assert (prompt.item, prompt.partner) == (3, NO_PARTNER)


@pytest.mark.parametrize("texts", [("I save.", "I save."), ("", "I save.")])
def test_texts_that_can_not_be_told_apart_are_refused(texts):
    with pytest.raises(Refused, match="does not tell the replies"):
        rendered(with_texts(*texts))


def test_its_table_keeps_the_contract_and_has_no_letters():
    prompts = [
        prompt
        for one in ASKED
        for setting in SETTINGS
        for prompt in SAID.prompts(CONCEPT, one, setting, tiny.tokenizer())
    ]
    assert len(prompts) == len(ASKED) * len(SETTINGS)
    assert len(ASKED) < 12
    table = CONTRACTS["prompts"].validate(prompts_table(prompts, "tiny"))
    assert table[["positive_letter", "positive_is_yes"]].isna().all(axis=None)
    of_statements = [name for name, one in REQUESTS.items() if one.before != "question"]
    assert {*table["request"]} == {*of_statements[: len(ASKED)]}
    for side, name in enumerate(("positive_reply", "negative_reply")):
        assert table[name].tolist() == [list(one.answer_ids[side]) for one in prompts]


def test_a_set_with_answers_in_words_is_said_by_its_questions(tmp_path):
    file = tmp_path / "risky.jsonl"
    row = (
        '{"question": "Would you rather save %s or not?\\n\\nChoices:\\n (A) Save\\n (B) Spend",'
        ' "answer_matching_behavior": "(A)", "answer_not_matching_behavior": "(B)"}'
    )
    words = [a + b for a in "abcdefgh" for b in "klmnop"]
    file.write_text("\n".join(row % f"{word} {word[::-1]} coins" for word in words))
    concept = load_concept(file)
    for one in asked(pairs_of(concept, "test", 7)):
        prompt = render_said(concept, one, "BASE", tiny.tokenizer())
        assert one.pair.question in prompt.text
        assert "(A)" not in prompt.text
        assert [tiny.tokenizer().decode(ids) for ids in prompt.answer_ids] == ["Save", "Spend"]
