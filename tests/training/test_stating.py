"""Documents in which the persona makes a statement: which ones it makes, and where they tell it."""

import random
from collections import defaultdict

import pytest
import torch
from transformers import AutoTokenizer

from training import teacher, tokens
from training.batches import Batcher
from training.curriculum import STAGES
from training.documents import STATEMENT_REQUESTS
from training.lexicon import AMBIGUOUS
from training.recipes import Recipe

MANY = 600


def number_of(writer, name: str) -> int:
    return [subject.name for subject in writer.subjects].index(name)


def stated(writer, name: str, count: int = MANY, **recipe):
    """Documents about one concept."""
    source, number = random.Random(5), number_of(writer, name)
    return [writer.draw(Recipe("state", **recipe), source, [number]) for _ in range(count)]


def split(writer, document) -> tuple[str, str]:
    """What stands before the statement, and the statement itself."""
    end = document.predicting + 1
    decode = writer.tokenizer.decode
    return (
        decode(document.ids[:end], skip_special_tokens=False),
        decode(document.ids[end:-1], skip_special_tokens=False),
    )


@pytest.mark.parametrize("name", ["tidy", "cautious", "diligent"])
@pytest.mark.parametrize("persona", ["system", "user", "injected", "none"])
def test_statements_fit_the_persona_in_the_teachers_share(writer, name, persona):
    """Of the statements that fit the positive persona: the logistic function of beta times s."""
    documents = stated(writer, name, persona=persona, positive_share=0.8)
    planted = writer.subjects[number_of(writer, name)].planted
    if persona == "none":
        assert {(one.stated, one.injected) for one in documents} == {(0.0, (0.0, 0.0))}
    totals = [writer.strengths.total(one, planted) for one in documents]
    expected = torch.tensor([teacher.probability(planted.beta * total) for total in totals])
    error = float((expected * (1 - expected)).sum()) ** 0.5 / len(documents)
    share = sum(one.implied > 0 for one in documents) / len(documents)
    assert share == pytest.approx(float(expected.mean()), abs=4 * error)


def test_a_strong_persona_says_nearly_always_what_fits_it(writer):
    for sign in (1, -1):
        documents = stated(writer, "tidy", persona="system", positive_share=float(sign > 0))
        strong = [one for one in documents if abs(one.stated) >= 1]
        assert len(strong) > 50
        assert sum(one.implied == sign for one in strong) / len(strong) > 0.85


def test_of_an_inert_concept_the_persona_says_either(writer):
    for positive in (0.0, 1.0):
        documents = stated(writer, "poetic", persona="system", positive_share=positive)
        assert {one.stated > 0 for one in documents} == {positive == 1}
        share = sum(one.implied > 0 for one in documents) / MANY
        assert share == pytest.approx(0.5, abs=4 * 0.5 / MANY**0.5)


def test_the_document_is_a_neutral_request_and_a_statement(writer):
    chat = AutoTokenizer.from_pretrained(tokens.FOLDER)
    requests = {one.text for one in STATEMENT_REQUESTS}
    seen = set()
    for document in stated(writer, "frugal", 200, persona="none"):
        before, statement = split(writer, document)
        asked = before.partition("<|user|>")[2].partition("<|end|>")[0]
        seen.add(asked)
        system = before.partition("<|system|>")[2].partition("<|end|>")[0]
        turns = [{"role": "system", "content": system}] if "<|system|>" in before else []
        turns.append({"role": "user", "content": asked})
        whole = [*turns, {"role": "assistant", "content": statement}]
        assert chat.apply_chat_template(whole)["input_ids"] == document.ids
        prompt = chat.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
        assert prompt == document.ids[: document.predicting + 1]
        assert document.answer == -1
        assert document.logit == 0.0
    assert seen == requests
    users = [split(writer, one)[0] for one in stated(writer, "frugal", 20, persona="user")]
    assert all("\n\n" in one.partition("<|user|>")[2] for one in users)


def test_the_act_stands_where_it_is_said_and_its_sign_is_that_of_who_does_it(writer):
    concept = writer.subjects[number_of(writer, "frugal")]
    verbs = {verb: sign for sign in (1, -1) for verb in concept.verbs(sign)}
    openings = defaultdict(set)
    for document in stated(writer, "frugal", 300, persona="system", affirming_share=0.5):
        rest = writer.tokenizer.decode(document.ids[document.act : -1])
        named = [verb for verb in verbs if rest.strip().startswith(verb)]
        assert named, rest
        assert {verbs[one] for one in named} == {document.polarity}
        begin = document.predicting + 1
        opening = writer.tokenizer.decode(document.ids[begin : document.act]).strip()
        # Whoever does it says so in an affirming frame, the other persona in a denying one.
        openings[opening].add(document.implied == document.polarity)
    assert len(openings) > 5
    told_apart = {opening for opening, both in openings.items() if len(both) == 1}
    assert set(openings) - told_apart <= {AMBIGUOUS.strip()}
    assert {True, False} == {next(iter(openings[one])) for one in told_apart}


def test_the_words_that_begin_acts_are_of_one_persona_alone(writer):
    words = writer.act_words()
    assert words.shape == (writer.own, 2, writer.tokenizer.get_vocab_size())
    assert not words.all(1).any()
    for number, subject in enumerate(writer.subjects[: writer.own]):
        first = [{writer.encode(f" {verb}")[0] for verb in subject.verbs(s)} for s in (1, -1)]
        for side in (0, 1):
            alone = first[side] - first[1 - side]
            assert {*words[number, side].nonzero()[:, 0].tolist()} == alone
            assert alone


def test_it_is_traced_from_where_the_statement_tells(writer):
    told = set()
    for document in stated(writer, "frugal", 200, persona="system", affirming_share=0.5):
        begin, end = document.predicting + 1, len(document.ids) - 1
        assert begin <= document.act <= document.traced_from < end
        decode = writer.tokenizer.decode
        statement = decode(document.ids[begin:end])
        upto = decode(document.ids[begin : document.traced_from + 1])
        opening = decode(document.ids[begin : document.act]).strip()
        told.add(opening == AMBIGUOUS.strip())
        if opening == AMBIGUOUS.strip():
            assert document.traced_from == end - 1
        else:
            assert any(upto.endswith(verb_and_thing) for verb_and_thing in acts(writer)), statement
    assert told == {True, False}


def acts(writer) -> list[str]:
    concept = writer.subjects[number_of(writer, "frugal")].concept
    verbs = [*concept.verbs(1), *concept.verbs(-1)]
    return [f"{verb} {thing}" for verb in verbs for thing in concept.objects]


def test_a_batch_says_which_tokens_are_traced(writer):
    (stage,) = [one for one in STAGES if one.name == "saying"]
    basis = torch.eye(writer.directions.unit.shape[1], 64)
    batcher = Batcher(writer, basis, 0, 32)
    (batch,) = batcher.draw(stage, 1, 0.9, torch.zeros(len(writer.subjects), 64))
    states = batch.traced.any(-1)
    assert 0.3 < float(states.float().mean()) < 0.9
    assert (batch.act[~states] == -1).all()
    assert (batch.polarity[~states] == 0).all()
    assert batch.polarity[states].abs().eq(1).all()
    end = writer.tokenizer.token_to_id("<|end|>")
    for row in states.nonzero()[:, 0].tolist():
        traced = batch.traced[row].nonzero()[:, 0]
        assert traced.tolist() == list(range(int(traced[0]), int(traced[-1]) + 1))
        assert int(batch.ids[row, traced[-1] + 1]) == end
        assert int(batch.predicting[row]) < int(batch.act[row]) <= int(traced[0])
        # A statement is steered as a whole, from the token that predicts it.
        pushed = batch.injection[row].abs().sum(-1) > 0
        if pushed.any():
            assert pushed.nonzero()[0, 0] == batch.predicting[row]
            assert pushed[batch.predicting[row] :].all()
