"""Identities of the form `said`: stages of its own, and those of letters as they were before."""

from __future__ import annotations

from dataclasses import asdict, replace
from unittest.mock import patch

import pytest

from steering.concepts import load_concept
from steering.forward.scores import SCORES
from steering.measuring import identity
from steering.measuring.kept import contradicted, differences
from steering.measuring.plan import Plan
from steering.prompts import forms, requests
from steering.prompts.forms import FORMS
from steering.prompts.requests import Request
from tests.support import tiny, toys

PLAN = Plan(settings=("BASE", "SYS_POS"))
SAID = replace(PLAN, form="said")
OTHER = load_concept("frugal")


def stages_of(plan=SAID):
    return identity.stages("m", tiny.concept(), plan, "r", OTHER)


def whole(plan=SAID):
    return identity.identity("m", tiny.concept(), plan, "r", OTHER)


def different(before, after):
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def test_a_plan_of_letters_is_named_as_before_there_was_a_second_form():
    plan = whole(PLAN)["plan"]
    assert {"form", "sampled_replies"}.isdisjoint(plan)
    assert whole(replace(PLAN, sampled_replies=9)) == whole(PLAN)
    said = whole()["plan"]
    assert {*said} - {*plan} == {"form", "sampled_replies"}
    assert (said["form"], said["sampled_replies"]) == ("said", 2)
    assert {*said} <= {*asdict(SAID)}
    assert differences(whole(PLAN), whole()) == ["form", "sampled_replies"]
    assert contradicted(whole(PLAN), whole())


def test_either_form_has_stages_that_the_other_lacks():
    letters, said = stages_of(PLAN), stages_of()
    assert "sampled" in said
    assert "sampled" not in letters
    assert any(name.startswith("prefilled") or "/prefilled/" in name for name in letters)
    assert not any("prefilled" in name for name in said)
    scores = {name.rpartition("/")[2] for name in said if name.startswith("sweep/")}
    assert scores == {*SAID.scores}
    assert "sampled" not in stages_of(replace(SAID, sampled_replies=0))
    assert len({*said.values()}) == len(said)


def test_all_that_both_forms_have_is_measured_anew_in_the_other():
    letters, said = stages_of(PLAN), stages_of()
    both = {*letters} & {*said} - {"layer"}
    assert {"vectors/BASE", "vectors/SYS_POS", "vectors/other", "replies", "tables"} <= both
    assert all(letters[name] != said[name] for name in both)


def test_another_request_changes_all_of_replies_and_nothing_of_letters(monkeypatch):
    letters, said = stages_of(PLAN), stages_of()
    monkeypatch.setitem(requests.REQUESTS, "mine", Request("mine", "statement", "Well?"))
    assert stages_of(PLAN) == letters
    assert different(said, stages_of()) == {*said}


def test_another_way_to_put_a_form_changes_its_own_stages_alone(monkeypatch):
    letters, said = stages_of(PLAN), stages_of()
    other = replace(FORMS["said"], prompts=lambda *asked: iter(asked))
    monkeypatch.setitem(forms.FORMS, "said", other)
    assert stages_of(PLAN) == letters
    assert all(stages_of()[name] != said[name] for name in said if name != "layer")


@pytest.mark.parametrize(
    ("changes", "stages"),
    [
        ({"sampled_replies": 3}, {"sampled", "tables"}),
        ({"replies": 0}, {"replies", "tables"}),
    ],
    ids=["sampled_replies", "replies"],
)
def test_a_change_of_the_plan_changes_what_reads_it(changes, stages):
    assert different(stages_of(), stages_of(replace(SAID, **changes))) == stages


def test_replies_are_drawn_anew_with_another_seed_or_at_other_strengths():
    for changes in ({"seed": 1}, {"multipliers": (-2.0, 0.0, 2.0)}, {"test_groups": 3}):
        assert "sampled" in different(stages_of(), stages_of(replace(SAID, **changes))), changes
    assert "sampled" not in different(stages_of(), stages_of(replace(SAID, shuffled_vectors=1)))


def test_replies_depend_on_their_score_and_on_the_vector(monkeypatch):
    before = stages_of()
    monkeypatch.setitem(SCORES, "fluency", replace(SCORES["fluency"], value=toys.turned))
    assert {"sampled", "tables"} <= different(before, stages_of())
    monkeypatch.undo()
    assert "sampled" in different(before, stages_of(replace(SAID, train_groups=9)))


def test_scores_of_letters_leave_the_stages_of_replies_as_they_are():
    before = stages_of()
    with patch.dict(SCORES):  # puts the scores back in their order, as `delitem` would not
        del SCORES["letter_mass"], SCORES["answer_propensity"]
        assert stages_of() == before
