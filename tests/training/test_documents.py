"""Training documents: as the chat template writes them, and without what is withheld."""

import random

from transformers import AutoTokenizer

from training import tokens
from training.curriculum import STAGES, draw_recipe
from training.documents import Writer
from training.lexicon import concepts, withheld_groups
from training.real import real_set, withheld_items
from training.recipes import Recipe
from training.subjects import real_subjects


def test_withheld_pairs_never_stand_in_a_training_document(writer):
    withheld = {" ".join(pair) for concept in concepts() for _, pair in withheld_groups(concept)}
    source = random.Random(0)
    for number in range(6000):
        stage = STAGES[number % len(STAGES)]
        document = writer.draw(draw_recipe(stage, source.random(), source), source)
        text = writer.tokenizer.decode(document.ids)
        assert not [pair for pair in withheld if pair in text], text


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
