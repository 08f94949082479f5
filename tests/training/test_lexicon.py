"""The lexicon: all of its words are seen in training, each as one token."""

import random

from training.lexicon import concepts, draw_statement


def test_every_verb_and_object_is_seen_in_training():
    source = random.Random(0)
    for concept in concepts():
        seen = [draw_statement(concept, source) for _ in range(5000)]
        verbs = {*concept.positive_verbs, *concept.negative_verbs}
        assert {statement.verb for statement in seen} == verbs
        assert {statement.thing for statement in seen} == set(concept.objects)


def test_every_word_of_the_lexicon_is_one_token(tokenizer):
    for concept in concepts():
        for polarity in (1, -1):
            texts = (*concept.verbs(polarity), *concept.objects, *concept.words(polarity))
            for word in " ".join(texts).split():
                assert len(tokenizer.encode(f" {word}").ids) == 1, word
