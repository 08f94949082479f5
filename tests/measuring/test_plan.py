"""The plan: what makes no sense is refused, old names still work and say so."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from steering.errors import Refused
from steering.forward.scores import SCORES
from steering.measuring.plan import (
    FULL,
    OF_THE_SERVICE,
    Plan,
    another_concept,
    plan_of_service,
)
from steering.records.tables import SHIFTS
from steering.steerability import few_multipliers
from steering.vectors.controls import CONTROLS
from tests.support import tiny, toys


def test_a_form_is_one_of_those_there_are():
    with pytest.raises(Refused, match="there is no form 'nonsense': allowed are chosen, said"):
        Plan(form="nonsense")
    assert Plan().form == "chosen"


def test_a_form_has_scores_of_its_own():
    said = Plan(form="said")
    assert {*said.scores} == {"said", "said_per_token", "fluency"}
    assert {*said.scores}.isdisjoint(Plan().scores)
    assert Plan(form="said", whole_answers=True).scores == said.scores


def test_a_name_that_never_was_is_no_field():
    with pytest.raises(TypeError, match="thems"):
        Plan(thems=3)


def test_how_many_vectors_of_a_control_the_plan_or_the_control_says(monkeypatch):
    for kind, control in CONTROLS.items():
        assert Plan().vectors_of(kind) == control.default
        assert Plan(**{f"{kind}_vectors": 7}).vectors_of(kind) == 7
        assert Plan(**FULL).vectors_of(kind) == control.full
    monkeypatch.setitem(CONTROLS, "turned", toys.TURNED)
    assert Plan().vectors_of("turned") == toys.TURNED.default


def test_the_full_report_can_be_planned_with_a_control_that_is_new():
    code = (
        "from steering.vectors.controls import CONTROLS\n"
        "CONTROLS['turned'] = CONTROLS['random']\n"
        "from steering.measuring.plan import FULL, Plan\n"
        "plan = Plan(**FULL)\n"
        "assert plan.vectors_of('random') == 200\n"
        "assert plan.vectors_of('turned') == 40\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_scores_are_those_that_are_always_measured_and_those_asked_for(monkeypatch):
    always = ("propensity", "letter_mass")
    assert Plan().scores == always
    assert Plan(whole_answers=True).scores == (*always, "answer_propensity")
    monkeypatch.setitem(SCORES, "other_letter", toys.OTHER_LETTER)
    assert Plan().scores == (*always, "other_letter")


def test_controls_have_fewer_multipliers_and_no_probability_of_the_letters(monkeypatch):
    plan = Plan(whole_answers=True)
    for kind, pairs in {"random": 1, "shuffled": 1, "resampled": 2, "perturbed": 2}.items():
        assert plan.multipliers_of(kind) == few_multipliers(plan.multipliers, pairs)
    assert plan.multipliers_of("other") == plan.multipliers_of("perturbed")
    assert plan.control_scores == ("propensity", "answer_propensity")
    lopsided = Plan(multipliers=(-1.0, 0.0, 0.5, 1.0))
    assert lopsided.multipliers_of("random") == lopsided.multipliers
    monkeypatch.setitem(SCORES, "other_letter", toys.OTHER_LETTER)
    assert Plan().control_scores == ("propensity", "other_letter")


def test_resampled_vectors_are_measured_in_the_shifts_whose_settings_the_plan_has():
    assert Plan().resampled_shifts == dict.fromkeys(SHIFTS, 20)
    assert Plan(**FULL).resampled_shifts == dict.fromkeys(SHIFTS, 50)
    assert Plan(resampled_vectors=9).resampled_shifts == dict.fromkeys(SHIFTS, 9)
    assert Plan(resampled_shift_vectors=0).resampled_shifts == {}
    assert Plan(resampled_vectors=0).resampled_shifts == {}
    some = Plan(settings=("BASE", "SYS_POS", "USER_POS"))
    assert some.resampled_shifts == {("BASE", "USER_POS"): 20}
    assert Plan(settings=("BASE",)).resampled_shifts == {}
    with pytest.raises(Refused, match="resampled_shift_vectors is -1: allowed are whole numbers"):
        Plan(resampled_shift_vectors=-1)


def test_the_other_concept_is_named_or_there_is_none():
    mine = tiny.concept()
    assert another_concept(Plan(), mine) is None
    assert another_concept(Plan(other_concept="honest"), mine).name == "honest"
    with pytest.raises(Refused, match=r"is 'auto', which is gone, .* or none\.$") as gone:
        another_concept(Plan(other_concept="auto"), mine)
    assert str(gone.value).count(".") == 1
    with pytest.raises(Refused, match="the other concept is 'frugal' itself: name another one"):
        another_concept(Plan(other_concept="frugal"), replace(mine, name="frugal"))


def test_a_service_has_a_precision_of_its_own(tmp_path):
    plan = plan_of_service("owner/name", Plan(seed=4), None)
    assert (plan.dtype, plan.seed) == (OF_THE_SERVICE, 4)
    assert plan_of_service("owner/name", plan, None) == plan
    with pytest.raises(Refused, match="lies on this machine"):
        plan_of_service(str(tiny.save(tmp_path / "model")), Plan(), None)
    with pytest.raises(Refused, match="device 'cpu' is on this machine"):
        plan_of_service("owner/name", Plan(), "cpu")
    with pytest.raises(Refused, match="dtype 'float16' cannot be asked of a service"):
        plan_of_service("owner/name", Plan(dtype="float16"), None)


def test_a_plan_that_was_handed_on_as_json_is_the_same() -> None:
    plan = Plan(settings=("BASE", "USER_POS"), multipliers=(-1.0, 0.0, 1.0), layers=(1, 2))
    assert Plan(**json.loads(json.dumps(asdict(plan)))) == plan


def test_layers_are_tried_at_few_multipliers_where_a_reply_is_read():
    assert Plan().layer_multipliers == Plan().multipliers
    said = Plan(form="said")
    assert said.layer_multipliers == said.multipliers_of("random")
    assert len(said.layer_multipliers) == 3
    short = Plan(form="said", multipliers=(-1.0, 0.0, 1.0))
    assert short.layer_multipliers == (-1.0, 0.0, 1.0)
