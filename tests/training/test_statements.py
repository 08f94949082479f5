"""What the exported model says, as it is reported of a training: equal to what is measured."""

import numpy as np
import pytest
import torch

from steering.concepts import load_concept
from steering.concepts.pairs import pairs_of
from steering.forward.copies import Intervention
from steering.forward.scores import SAID
from steering.forward.sweep import swept, unsteered
from steering.models.catalogue import model_folder
from steering.models.loading import load_model
from steering.prompts.requests import Asked
from steering.prompts.said import render_said
from training import statements
from training.check import Check
from training.documents import STATEMENT_REQUESTS
from training.network import PLANTED_LAYER
from training.questions import own_question_sets
from training.statements import MULTIPLIERS, said_by

FEW = 5


@pytest.fixture(scope="module")
def check() -> Check:
    return Check(model_folder("wren"))


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(statements, "PAIRS", FEW)


def asked(setting):
    """The prompts of the first pairs of frugal, the requests in turn, as a report has them."""
    model, concept = load_model("wren"), load_concept("frugal")
    pairs = pairs_of(concept, "test", FEW, 1)
    each = [
        Asked(pair, STATEMENT_REQUESTS[at % len(STATEMENT_REQUESTS)])
        for at, pair in enumerate(pairs)
    ]
    return model, [render_said(concept, one, setting, model.tokenizer) for one in each]


def test_what_is_reported_is_what_a_measurement_gives(check):
    (questions,) = own_question_sets(("frugal",))
    found = said_by(check, questions)
    model, prompts = asked("BASE")
    vector = Intervention("BASE", "planted", PLANTED_LAYER, check.directions["frugal"])
    curves = swept(model, prompts, [vector], MULTIPLIERS, scores=(SAID,))[0, :, 0]
    slopes = np.polyfit(MULTIPLIERS, curves.T, 1)[0]
    assert found["pairs"] == len(prompts) == FEW
    assert found["slope"] == pytest.approx(slopes.mean(), abs=1e-3)
    assert found["standard_error"] == pytest.approx(slopes.std(ddof=1) / FEW**0.5, abs=1e-3)
    assert found["right"] == np.mean(slopes > 0)
    prompted = {one: unsteered(*asked(one), scores=(SAID,)) for one in ("SYS_POS", "SYS_NEG")}
    persona = prompted["SYS_POS"].mean() - prompted["SYS_NEG"].mean()
    assert found["persona"] == pytest.approx(persona, abs=1e-3)
    assert abs(found["slope"]) > 0.01


def test_a_vector_of_nothing_moves_nothing(check, monkeypatch):
    (questions,) = own_question_sets(("frugal",))
    nothing = {"frugal": torch.zeros_like(check.directions["frugal"])}
    monkeypatch.setattr(check, "directions", nothing)
    found = said_by(check, questions)
    assert found["slope"] == pytest.approx(0, abs=1e-4)
