"""The stages of wordings: none by default, one for each family and score, each its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.measuring import stages_of_wordings
from steering.measuring.identity import identity, stages
from steering.measuring.plan import Plan
from steering.measuring.stages_of_wordings import (
    families_of,
    wording_multipliers,
    wording_scores,
    wording_task,
)
from steering.prompts.rewordings import FAMILIES
from tests.support import tiny

ASKED = Plan(wordings=5)


def stages_of(plan: Plan) -> dict[str, str]:
    return stages("m", tiny.concept(), plan, "r")


def test_by_default_there_are_none_and_the_identity_names_them_nowhere() -> None:
    assert families_of(Plan()) == ()
    assert "wordings" not in str(identity("m", tiny.concept(), Plan(), "r"))
    assert families_of(Plan(form="said", wordings=5)) == ()
    assert "wordings" not in str(identity("m", tiny.concept(), Plan(form="said", wordings=5), "r"))


def test_every_family_is_a_stage_and_all_others_stay_as_they_are() -> None:
    before, after = stages_of(Plan()), stages_of(ASKED)
    assert families_of(ASKED) == ("published", *FAMILIES, "pairs")
    added = {
        f"sweep/{wording_task(family)}/{score}"
        for family in families_of(ASKED)
        for score in wording_scores(family)
    }
    assert set(after) - set(before) == added
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"tables"}
    assert identity("m", tiny.concept(), ASKED, "r")["plan"]["wordings"] == 5


def test_without_vectors_of_fewer_pairs_there_is_no_such_family() -> None:
    assert "pairs" not in families_of(replace(ASKED, subset_vectors=0))


def test_another_wording_of_a_family_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = stages_of(ASKED)
    monkeypatch.setitem(stages_of_wordings.FAMILIES, "labels", FAMILIES["labels"][:2])
    after = stages_of(ASKED)
    changed = {name for name in before if before[name] != after[name]} - {"tables"}
    assert changed == {f"sweep/wordings/labels/{one}" for one in ("propensity", "letter_mass")}


def test_of_a_slope_alone_few_multipliers_are_measured() -> None:
    few = wording_multipliers(ASKED)
    assert len(few) == 3
    assert 0 in few
