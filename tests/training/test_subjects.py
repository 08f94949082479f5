"""Subjects of documents: their directions and their replies."""

import random

import pytest
import torch

from training import teacher
from training.lexicon import concepts, draw_statement
from training.recipes import Recipe
from training.subjects import directions, draw_reply


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
