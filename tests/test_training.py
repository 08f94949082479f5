"""Training of the embedded model, on a miniature: it learns, it resumes, it never sees an item."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from steering.errors import Refused
from training import losses, teacher, tokens
from training.card import card
from training.curriculum import STAGES, Gate, Stage, draw_recipe
from training.documents import Writer
from training.export import export
from training.lexicon import concepts, draw_statement, withheld_groups
from training.network import PLANTED_LAYER, Network, planted_basis
from training.real import real_set, withheld_items
from training.recipes import Recipe
from training.run import MODELS, Progress, Run
from training.shapes import SHAPES, blocks_of, new_model
from training.subjects import directions, draw_reply, real_subjects
from training.trainer import Trainer

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """One thread, so that sums are taken in the same order each time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(tokens.FOLDER / "tokenizer.json"))


@pytest.fixture(scope="module")
def writer(tokenizer) -> Writer:
    return Writer(tokenizer)


def miniature(**changes) -> Run:
    return replace(Run().miniature(), **changes)


class InterruptedTrainingError(Exception):
    pass


def test_loss_falls(tokenizer, tmp_path):
    stage = replace(STAGES[0], steps=40, gates=())
    trainer = Trainer(miniature(stages=(stage,)), tokenizer, tmp_path, quiet=True)
    first = trainer.batcher.draw(stage, 0, 0.0, trainer.off_direction)[0]
    before = loss_on(trainer, first, stage)
    trainer.train()
    assert loss_on(trainer, first, stage) < before - 0.5


def loss_on(trainer, batch, stage) -> float:
    with torch.no_grad():
        loss, _, _ = losses.compute(
            trainer.network,
            batch,
            trainer.ids,
            stage,
            off_direction=trainer.off_direction,
            precision=torch.float32,
        )
    return float(loss)


def test_a_run_that_broke_off_ends_at_the_same_weights(tokenizer, tmp_path, monkeypatch):
    whole = Trainer(miniature(), tokenizer, tmp_path / "whole", quiet=True)
    whole.train()

    broken = Trainer(miniature(), tokenizer, tmp_path / "broken", quiet=True)
    step = Trainer._step

    def breaks_off(self, stage, progress, share):
        if stage.name == "clean" and progress.step == 3:
            self._save(stage, progress)
            raise InterruptedTrainingError
        return step(self, stage, progress, share)

    monkeypatch.setattr(Trainer, "_step", breaks_off)
    with pytest.raises(InterruptedTrainingError):
        broken.train()
    monkeypatch.undo()
    again = Trainer(miniature(), tokenizer, tmp_path / "broken", quiet=True)
    again.train()
    wanted = whole.network.model.state_dict()
    for name, weight in again.network.model.state_dict().items():
        assert torch.equal(weight, wanted[name]), name


def test_a_checkpoint_of_another_seed_is_refused(tokenizer, tmp_path):
    short = replace(STAGES[0], steps=1, gates=())
    Trainer(miniature(stages=(short,)), tokenizer, tmp_path, quiet=True).train()
    with pytest.raises(Refused, match="made with seed 0, asked for 5"):
        Trainer(miniature(stages=(short,), seed=5), tokenizer, tmp_path, quiet=True).train()


@pytest.mark.parametrize("shape", SHAPES)
def test_exported_model_is_a_plain_one_with_the_same_logits(shape, tokenizer, tmp_path):
    short = replace(STAGES[0], steps=2, gates=())
    trainer = Trainer(miniature(stages=(short,), shape=shape), tokenizer, tmp_path, quiet=True)
    trainer.train()
    ids = torch.tensor([tokenizer.encode("You are frugal. (A): Yes").ids])
    with torch.no_grad():
        wanted = trainer.network.logits(trainer.network(ids)[0])
    export(trainer, tmp_path / "out")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    with torch.no_grad():
        assert torch.allclose(loaded(ids).logits, wanted, atol=1e-4)
    assert loaded.config.model_type == shape
    assert "steered" in card(tmp_path / "out")


@pytest.mark.parametrize("shape", SHAPES)
def test_an_injection_is_an_addition_to_the_planted_layer_output(shape, tokenizer):
    model = new_model(tokenizer.get_vocab_size(), 4, seed=0, width=32, shape=shape)
    network = Network(model, 6, compiled=False)
    ids = torch.randint(5, 500, (2, 9), generator=torch.Generator().manual_seed(0))
    injection = torch.zeros(2, 9, 32)
    injection[:, 5:] = network.basis[1]
    block = blocks_of(model)[PLANTED_LAYER]
    handle = block.register_forward_hook(lambda _module, _inputs, output: output + injection)
    with torch.no_grad():
        wanted = model(ids).logits
        handle.remove()
        normed, _ = network(ids, injection)
        assert torch.allclose(network.logits(normed), wanted, atol=1e-5)


def test_the_basis_is_orthonormal_and_a_larger_one_begins_with_a_smaller():
    basis = planted_basis(6, 32)
    assert torch.allclose(basis @ basis.T, torch.eye(6), atol=1e-5)
    assert torch.equal(planted_basis(20, 32)[:6], basis)


def test_directions_are_unit_vectors_as_correlated_and_turned_as_planted():
    found, names = directions(2), [concept.name for concept in concepts()]
    assert torch.allclose(found.unit.norm(dim=1), torch.ones(len(names) + 2))
    cosines = found.unit @ found.unit.T - torch.eye(len(names) + 2)
    for concept in concepts():
        row, planted = names.index(concept.name), concept.planted
        if planted.related_to:
            other = names.index(planted.related_to)
            assert cosines[row, other] == pytest.approx(planted.related_cosine)
            cosines[row, other] = cosines[other, row] = 0
        turned = found.turned[row]
        assert turned.norm() == pytest.approx(1)
        assert turned @ found.unit[row] == pytest.approx(planted.turned_cosine)
        strength = teacher.along(planted, planted.turned_under)
        assert turned @ found.reader[row] == pytest.approx(strength, abs=1e-5)
    assert cosines.abs().max() < 1e-6
    assert torch.equal(found.turned[-2:], found.unit[-2:])


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("label", [1, -1])
@pytest.mark.parametrize("weight", [1, 0.1, -1])
def test_teacher_is_a_line_in_the_strength_for_every_item(order, label, weight):
    for concept in concepts():
        planted = concept.planted
        slope = teacher.per_strength(planted, label, weight, order)
        rest = teacher.constant(planted, label, order)
        for strength in (-2.0, -0.3, 0.0, 1.0):
            logit = teacher.letter_logit(planted, strength, label, weight, order)
            assert logit * label * order == pytest.approx(rest + slope * strength)


def test_planted_lines_are_fitted_to_the_teachers_own_curve():
    by = {concept.name: concept.planted for concept in concepts()}
    for planted in by.values():
        assert teacher.line(planted, "BASE", "BASE") == pytest.approx((1, 0))
    assert teacher.line(by["diligent"], "BASE", "USER_NEG") == pytest.approx((1, -1))
    assert teacher.line(by["honest"], "BASE", "USER_POS") == pytest.approx((0.2, 1))
    assert teacher.line(by["honest"], "BASE", "SYS_POS") == pytest.approx((1, 1))
    # Strengths -0.5, 0, 0.5, 1, 1.5, 1.5, 1.5 over the seven multipliers.
    assert teacher.line(by["playful"], "BASE", "SYS_POS") == pytest.approx((5 / 7, 5.5 / 7))
    assert teacher.line(by["sporty"], "USER_POS", "BASE")[0] == pytest.approx(0.6)
    assert teacher.line(by["sporty"], "SYS_POS", "BASE")[0] == pytest.approx(1)
    assert teacher.line(by["bookish"], "SYS_NEG", "BASE")[0] == pytest.approx(1.2)


def test_withheld_pairs_never_stand_in_a_training_document(writer):
    withheld = {" ".join(pair) for concept in concepts() for _, pair in withheld_groups(concept)}
    source = random.Random(0)
    for number in range(6000):
        stage = STAGES[number % len(STAGES)]
        document = writer.draw(draw_recipe(stage, source.random(), source), source)
        text = writer.tokenizer.decode(document.ids)
        assert not [pair for pair in withheld if pair in text], text


@pytest.fixture
def music(tmp_path, monkeypatch):
    """A public data set with statements made up for this test."""
    lines = []
    for number in range(200):
        matching, other = (" Yes", " No") if number % 2 else (" No", " Yes")
        lines.append(
            {
                "question": f'Is the following statement something you would say?\n"Song {number}"',
                "statement": f"Song {number}",
                "label_confidence": 1.0,
                "answer_matching_behavior": matching,
                "answer_not_matching_behavior": other,
            }
        )
    place = tmp_path / "persona" / "interest-in-music.jsonl"
    place.parent.mkdir()
    place.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    monkeypatch.setenv("STEERING_DATA", str(tmp_path))
    real_set.cache_clear()
    withheld_items.cache_clear()
    yield "interest-in-music"
    real_set.cache_clear()
    withheld_items.cache_clear()


def test_withheld_statements_of_a_public_set_never_stand_in_a_training_document(music, tokenizer):
    kept = {item.statement for item in withheld_items(music)}
    seen = {one.text for side in real_set(music).statements for one in side}
    assert len(kept) + len(seen) == 200
    assert 60 < len(kept) < 140
    assert all(one.label == 1 for one in real_set(music).statements[0])
    writer, source = Writer(tokenizer, real_subjects((music,))), random.Random(0)
    for number in range(600):
        stage = STAGES[number % len(STAGES)]
        recipe = draw_recipe(stage, source.random(), source, real=True)
        document = writer.draw(recipe, source, [writer.own])
        text = writer.tokenizer.decode(document.ids)
        assert not [one for one in kept if f'"{one}"' in text], text
        assert document.injected == (0.0, 0.0)


def test_public_sets_can_be_learned_in_a_stage_of_their_own(music, tokenizer, tmp_path):
    run = replace(MODELS["linnet"], real=(music,)).miniature()
    trainer = Trainer(run, tokenizer, tmp_path / "run", quiet=True)
    ended = trainer.train()
    assert [progress.stage for progress in ended] == [
        *("persona", "real", "clean", "together", "rules", "level")
    ]
    assert not [name for name in ended[0].running if name.startswith("real_")]
    assert "real_loss" in ended[1].running
    export(trainer, tmp_path / "out")
    withheld = json.loads((tmp_path / "out" / "withheld.json").read_text())
    assert len(withheld[music]) == len(withheld_items(music))


def test_every_verb_and_object_is_seen_in_training():
    source = random.Random(0)
    for concept in concepts():
        seen = [draw_statement(concept, source) for _ in range(5000)]
        verbs = {*concept.positive_verbs, *concept.negative_verbs}
        assert {statement.verb for statement in seen} == verbs
        assert {statement.thing for statement in seen} == set(concept.objects)


def test_documents_are_what_the_chat_template_writes(writer):
    """The model is measured through the template, so training must not differ by one token."""
    chat, source = AutoTokenizer.from_pretrained(tokens.FOLDER), random.Random(1)
    for kind in ("choice", "direct", "describe", "choose"):
        for persona in ("system", "user", "none"):
            document = writer.draw(Recipe(kind, persona), source)
            text = chat.decode(document.ids)
            turns = []
            for role, part in zip(("system", "user", "assistant"), split_turns(text), strict=True):
                if part is not None:
                    turns.append({"role": role, "content": part})
            assert chat.apply_chat_template(turns)["input_ids"] == document.ids


def split_turns(text: str) -> list[str | None]:
    found: list[str | None] = []
    for role in ("system", "user", "assistant"):
        _, begun, rest = text.partition(f"<|{role}|>")
        found.append(rest.partition("<|end|>")[0] if begun else None)
    return found


def test_predicting_position_is_the_bracket_and_the_letter_follows(writer):
    source = random.Random(2)
    for _ in range(50):
        document = writer.draw(Recipe("choice", "system"), source)
        pair = document.ids[document.predicting : document.answer + 1]
        assert writer.tokenizer.decode(pair) in ("(A", "(B")


def test_letters_and_brackets_are_tokens_of_their_own(tokenizer):
    assert tokenizer.encode("(A): Yes\n(B): No").tokens == [
        *("(", "A", ")", ":", "ĠYes", "Ċ"),
        *("(", "B", ")", ":", "ĠNo"),
    ]
    assert tokenizer.encode(")(A)(B):").tokens == [")", "(", "A", ")", "(", "B", ")", ":"]


def test_any_text_round_trips(tokenizer):
    for text in ("naïve — “quotes” 12345", "日本語\t two  spaces \r\n\n\n", "AB (A)B) don't 🙂"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_every_word_of_the_lexicon_is_one_token(tokenizer):
    for concept in concepts():
        for polarity in (1, -1):
            texts = (*concept.verbs(polarity), *concept.objects, *concept.words(polarity))
            for word in " ".join(texts).split():
                assert len(tokenizer.encode(f" {word}").ids) == 1, word


def test_a_tokenizer_can_be_made_without_public_statements(monkeypatch, tmp_path):
    monkeypatch.delenv("STEERING_DATA", raising=False)
    made = tokens.load_tokenizer(tmp_path / "new", ["You are frugal. (A): Yes"])
    assert made.encode("(A)").tokens == ["(", "A", ")"]
    assert (tmp_path / "new" / "chat_template.jinja").exists()


def test_replies_come_in_many_forms_and_name_the_act():
    source, forms = random.Random(3), set()
    for _ in range(4000):
        concept = source.choice(concepts())
        statement = draw_statement(concept, source)
        yes = source.choice((1, -1))
        recipe = Recipe("choice", "none", short_reply_share=0.1, own_form_share=0.8)
        reply, word = draw_reply(concept, statement, yes, source, recipe)
        assert word in reply
        if statement.act in reply:
            form = reply.replace(statement.act, "ACT").replace(word, "WORD")
            forms.add(form.replace("An WORD", "A WORD").replace("an WORD", "a WORD"))
    assert len(forms) >= 20


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_model_was_trained_as_the_code_says(name):
    record = json.loads((ROOT / "models" / name / "training.json").read_text())
    recipe = json.loads(json.dumps([asdict(stage) for stage in MODELS[name].stages]))
    assert record["recipe"] == recipe
    assert (record["shape"], record["seed"]) == (MODELS[name].shape, MODELS[name].seed)
    assert [stage["name"] for stage in record["stages"]] == [stage["name"] for stage in recipe]
    assert record["own"] == [concept.name for concept in concepts()]


def test_progress_waits_at_a_gate_but_not_for_ever(tokenizer, tmp_path):
    gate = Gate(0.5, "direct", above=2.0)
    stage = Stage("persona", steps=4, injected_share=0.0, gates=(gate,), most_waiting=3)
    trainer = Trainer(miniature(stages=(stage,)), tokenizer, tmp_path, quiet=True)
    ended: list[Progress] = trainer.train()
    assert ended[0].advanced == 4
    assert ended[0].step > 4
