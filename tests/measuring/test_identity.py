"""Identities: a change of anything that a stage reads changes it, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from steering.concepts import load_concept
from steering.forward.scores import SCORES
from steering.measuring import identity
from steering.measuring.entries import entry_hash
from steering.measuring.identity import revision_of
from steering.measuring.kept import contradicted, differences
from steering.measuring.plan import Plan
from steering.prompts.wordings import WORDINGS, Wording
from steering.vectors.controls import CONTROLS, Control
from steering.vectors.makers import MAKERS, Maker
from steering.vectors.operators import OPERATORS, Operator
from tests.support import tiny, toys

PLAN = Plan(settings=("BASE", "SYS_POS"))
OTHER = load_concept("frugal")
CONTROLS_OF_SEED = ("random", "resampled", "shuffled", "subset")


def stages_of(plan=PLAN, model="m", revision="r", concept=None, other=OTHER):
    return identity.stages(model, concept or tiny.concept(), plan, revision, other)


def changed(**changes):
    """The stages that a change of the plan, or of what is measured, makes others."""
    fields = {name: changes.pop(name) for name in list(changes) if hasattr(PLAN, name)}
    before, after = stages_of(), stages_of(replace(PLAN, **fields), **changes)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


# The sweeps of the vectors themselves, under which the letters' probability is measured too.
OF_VECTORS = ("BASE/shifts", "SYS_POS/shifts")
OTHERS = ("validation", "map")


# How strongly a vector may be applied: measured at the chosen layer, beside the test items.
AT_THE_POINT = {f"sweep/operating/{kind}/propensity" for kind in CONTROLS_OF_SEED[:3]}
OF_STRENGTH = {
    *AT_THE_POINT,
    *("costs", "sweep/wide/propensity", "sweep/wide/letter_mass"),
    *(f"sweep/operating/{kind}/propensity" for kind in ("none", "own")),
}


def both(sweeps):
    """The stages of some sweeps: of the propensity, and of the letters' probability."""
    return {f"sweep/{name}/{score}" for name in sweeps for score in ("propensity", "letter_mass")}


def test_every_stage_has_a_name_and_an_identity_of_its_own():
    found = stages_of()
    controls = {"BASE/other", *(f"BASE/{kind}" for kind in CONTROLS_OF_SEED)}
    vectors = {"BASE", "SYS_POS", "other", "BASE/resampled", "BASE/shuffled", "BASE/subset"}
    assert set(found) == {
        *(f"vectors/{name}" for name in vectors),
        *(f"sweep/{name}/propensity" for name in {*OTHERS, *controls}),
        *both(OF_VECTORS),
        *(f"sweep/{name}/prefilled/prefilled_probability" for name in ("BASE", "SYS_POS")),
        *("layer", "prefilled", "replies", "predictors", "tables"),
        *OF_STRENGTH,
    }
    assert len(set(found.values())) == len(found)
    assert found == stages_of()


@pytest.mark.parametrize(
    "change",
    [{"model": "n"}, {"revision": "s"}, {"concept": tiny.concept(50)}, {"dtype": "bfloat16"}],
    ids=str,
)
def test_another_model_concept_or_precision_changes_all(change):
    assert changed(**change) == set(stages_of())


CHANGES = {
    "seed": (
        {"seed": 1},
        {*(f"vectors/BASE/{kind}" for kind in ("resampled", "shuffled", "subset")),
         *(f"sweep/BASE/{kind}/propensity" for kind in CONTROLS_OF_SEED), *AT_THE_POINT, "costs"},
    ),
    "random_vectors": (
        {"random_vectors": 9},
        {"sweep/BASE/random/propensity", "sweep/operating/random/propensity"},
    ),
    "resampled_vectors": (
        {"resampled_vectors": 9},
        {"vectors/BASE/resampled", "sweep/BASE/resampled/propensity",
         "sweep/operating/resampled/propensity"},
    ),
    "neutral texts": ({"neutral_texts": 3}, OF_STRENGTH),
    "no neutral texts": ({"neutral_texts": 0}, OF_STRENGTH),
    "the wide sweep's groups": ({"wide_groups": 3}, OF_STRENGTH - {"costs"}),
    "the cost that is allowed": (
        {"cost_limit": 0.5}, {name for name in OF_STRENGTH if "operating" in name},
    ),
    "perturbed_vectors": ({"perturbed_vectors": 5}, {"sweep/BASE/perturbed/propensity"}),
    "own_norm": (
        {"own_norm": True},
        both(["BASE/shifts", "SYS_POS/shifts"]),
    ),
    "map_items": ({"map_items": 3}, {"sweep/map/propensity"}),
    "replies": ({"replies": 0}, {"replies"}),
    "whole answers": (
        {"whole_answers": True},
        {name.replace("propensity", "answer_propensity")
         for name in {*stages_of()} - OF_STRENGTH if name.endswith("/propensity")},
    ),
    "another other concept": (
        {"other": load_concept("honest")}, {"vectors/other", "sweep/BASE/other/propensity"}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "stages"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_plan_changes_what_reads_it(change, stages):
    assert changed(**change) == {*stages, "tables"}


SHIFTED = Plan()
OF_SHIFTS = {
    *(f"vectors/{setting}/resampled" for setting in ("SYS_POS", "SYS_NEG")),
    *(f"sweep/{setting}/resampled/propensity" for setting in ("USER_POS", "USER_NEG")),
}


def shifted(**changes):
    """The stages that a change of the plan with all prompt settings makes others."""
    before, after = stages_of(SHIFTED), stages_of(replace(SHIFTED, **changes))
    return {name for name in {*before, *after} if before.get(name) != after.get(name)} - {"tables"}


def test_resampled_vectors_of_a_shift_are_stages_of_their_own():
    assert {*stages_of(SHIFTED)} >= OF_SHIFTS
    assert shifted(resampled_shift_vectors=3) == OF_SHIFTS
    assert shifted(resampled_shift_vectors=0) == OF_SHIFTS
    assert {*stages_of(replace(SHIFTED, resampled_shift_vectors=0))}.isdisjoint(OF_SHIFTS)
    of_base = {"vectors/BASE/resampled"}
    of_base |= {f"sweep/{place}/resampled/propensity" for place in ("BASE", "operating")}
    # Which groups are drawn first depends on how many are drawn altogether.
    assert shifted(resampled_vectors=60) == OF_SHIFTS | of_base


def test_other_test_items_leave_the_vectors_and_the_choice_of_the_layer():
    found = changed(test_groups=9)
    assert not {
        name for name in found if name.startswith(("vectors/", "sweep/validation", "layer"))
    }
    assert "sweep/map/propensity" in found
    assert "replies" in found


def test_other_training_items_change_all_that_comes_after():
    every = set(stages_of())
    assert changed(train_groups=9) == {name for name in every if "prefilled" not in name}


def test_an_entry_is_what_it_was_before_it_had_later_fields():
    for name in ("propensity", "letter_mass", "answer_propensity", "prefilled_probability"):
        fields = {**vars(SCORES[name])}
        before = {each: fields.pop(each) for each in ("form", "per_token")}
        assert before == {"form": "chosen", "per_token": False}
        assert entry_hash(SCORES[name]) == entry_hash(SimpleNamespace(**fields))
    said = [entry_hash(score) for score in SCORES.values() if score.form == "said"]
    assert len({*said}) == len(said)
    changed = replace(SCORES["answer_propensity"], form="said")
    assert entry_hash(changed) != entry_hash(SCORES["answer_propensity"])


def test_scores_of_replies_leave_the_stages_of_letters_as_they_are():
    before = stages_of()
    assert not any(name in stage for stage in before for name in ("said", "fluency"))
    with patch.dict(SCORES):  # puts the scores back in their order, as `delitem` would not
        del SCORES["said"], SCORES["said_per_token"], SCORES["fluency"]
        assert stages_of() == before


@pytest.mark.parametrize(
    ("registry", "entry"),
    [(CONTROLS, toys.TURNED), (OPERATORS, toys.REPLACING), (SCORES, toys.OTHER_LETTER),
     (MAKERS, Maker(lambda contrast: contrast.mean))],
    ids=["control", "operator", "score", "maker"],
)  # fmt: skip
def test_a_new_entry_leaves_all_that_is_there(registry, entry, monkeypatch):
    before = stages_of()
    monkeypatch.setitem(registry, "new", entry)
    after = stages_of()
    assert {name for name in before if before[name] != after[name]} <= {"tables"}


def test_an_entry_that_is_made_otherwise_changes_what_reads_it(monkeypatch):
    before = stages_of()
    monkeypatch.setitem(CONTROLS, "random", Control(default=40, full=200, of_vector=toys.turned))
    after = stages_of()
    other = {name for name in before if before[name] != after[name]}
    assert other == {
        *(f"sweep/{place}/random/propensity" for place in ("BASE", "operating")), "tables"
    }  # fmt: skip


def test_another_number_of_vectors_by_default_is_no_other_control():
    entry = CONTROLS["random"]
    assert entry_hash(replace(entry, default=1, full=2)) == entry_hash(entry)
    assert entry_hash(replace(entry, of_vector=toys.turned)) != entry_hash(entry)


@pytest.mark.parametrize(
    ("registry", "name", "entry"),
    [(OPERATORS, "add", Operator(toys.replacing, identity_at_zero=True)),
     (OPERATORS, "add", replace(OPERATORS["add"], identity_at_zero=False)),
     (SCORES, "propensity", replace(SCORES["propensity"], value=lambda one, other: one - other)),
     (MAKERS, "mean", Maker(lambda contrast: 2 * contrast.mean))],
)  # fmt: skip
def test_another_operator_score_or_maker_of_that_name_is_measured_anew(
    registry, name, entry, monkeypatch
):
    before = stages_of()
    monkeypatch.setitem(registry, name, entry)
    after = stages_of()
    ends = ("/propensity",) if registry is SCORES else ("/propensity", "/letter_mass")
    sweeps = [name for name in before if name.startswith("sweep/") and name.endswith(ends)]
    assert all(before[name] != after[name] for name in sweeps)
    assert all(before[name] == after[name] for name in before if name.startswith("vectors/"))


def test_another_wording_is_asked_anew(monkeypatch):
    before = stages_of()
    other = Wording("published", "published", lambda question: question.upper())
    monkeypatch.setitem(WORDINGS, "published", other)
    after = stages_of()
    assert all(before[name] != after[name] for name in before if name != "layer")


def test_what_the_code_of_a_floor_is_read_for(monkeypatch):
    known = identity.code_hash

    def after_a_change_of(place):
        before = stages_of()
        with monkeypatch.context() as patch:
            patch.setattr(
                identity,
                "code_hash",
                lambda places, without=(): known(places, without) + str(place in [*places]),
            )
            now = stages_of()
            patch.setattr(
                identity, "code_hash", lambda places, without=(): known(places, without) + "False"
            )
            before = stages_of()
        return {name for name in before if before[name] != now[name]}

    assert after_a_change_of("steerability") == {"layer", "tables"}
    assert after_a_change_of("measuring/layer") == {"layer", "tables"}
    assert after_a_change_of("measuring/run_card") == {"tables"}
    assert after_a_change_of("forward") == set(stages_of())
    vectors = {name for name in stages_of() if name.startswith("vectors/")}
    assert after_a_change_of("measuring/interventions") == set(stages_of()) - vectors


def whole(plan=PLAN, **changes):
    wanted = {"model": "m", "revision": "r", "concept": tiny.concept(), "other": OTHER, **changes}
    return identity.identity(wanted["model"], wanted["concept"], plan, wanted["revision"],
                             wanted["other"])  # fmt: skip


def test_what_two_identities_differ_in_is_named():
    assert differences(whole(), whole(replace(PLAN, seed=3, test_groups=1))) == [
        "seed",
        "test_groups",
    ]
    assert differences(whole(), whole(revision="s")) == ["revision"]
    other = whole()
    assert differences(whole(), {**other, "stages": {}}) == ["code"]


def test_more_contradicts_nothing_and_another_plan_does(monkeypatch):
    kept = whole()
    assert not contradicted(kept, whole())
    assert not contradicted(kept, whole(replace(PLAN, whole_answers=True)))
    assert contradicted(kept, whole(replace(PLAN, random_vectors=1)))
    assert contradicted(whole(replace(PLAN, whole_answers=True)), whole())
    monkeypatch.setitem(CONTROLS, "new", toys.TURNED)
    assert not contradicted(kept, whole())
    # A folder of before there were stages.
    assert contradicted({name: one for name, one in kept.items() if name != "stages"}, kept)


def test_the_revision_of_a_folder_is_that_of_its_files(tmp_path):
    folder = tiny.save(tmp_path / "tiny")
    before = revision_of(str(folder))
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    assert revision_of(str(folder)) != before
    assert revision_of("owner/name@v2") == "v2"
    assert revision_of("owner/name") == "main"


def test_the_hash_of_an_identity_is_short_and_its_own():
    one, other = (identity.identity_hash(whole(revision=name)) for name in ("r", "s"))
    assert len(one) == len(other) == 16
    assert one != other
