"""Interventions: which vectors are tried, at which norm, and what tells them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from steering.concepts import load_concept
from steering.measuring import interventions
from steering.measuring.plan import Plan
from steering.models.catalogue import model_folder
from steering.models.planted import planted_of
from steering.records.directions import VECTOR_KEY
from steering.records.tables import SETTINGS
from steering.vectors.controls import CONTROLS
from steering.vectors.files import load_vectors
from steering.vectors.makers import Contrast
from tests.support import tiny, toys

PLAN = Plan(
    random_vectors=3, resampled_vectors=4, shuffled_vectors=2, perturbed_vectors=1, subset_vectors=0
)


def contrast_of(seed: int, weighted: int = 0) -> Contrast:
    draw = torch.Generator().manual_seed(seed)
    mean = (1.0 + seed) * torch.randn(3, 32, generator=draw)
    more = torch.randn(weighted, 3, 32, generator=draw)
    return Contrast(mean, torch.ones(3), {}, more)


BASE = contrast_of(0, weighted=6)


def test_the_base_vector_is_tried_at_each_layer():
    found = interventions.contrastive(BASE, (2, 0), PLAN)
    assert [one.layer for one in found] == [2, 0]
    for one in found:
        assert torch.equal(one.vector, BASE.mean[one.layer])
        assert (one.vector_setting, one.direction, one.number) == ("BASE", "contrastive", 0)
        assert (one.operator, one.maker) == (PLAN.operator, PLAN.maker)


def test_vectors_of_other_settings_have_the_norm_of_base(done):
    folder, results = done
    layer = results.cards[0]["layer"]
    tensors, metadata = load_vectors(folder / "vector.safetensors")
    assert metadata["operation"] == "add"
    assert metadata["layer_base"] == "0"
    assert set(tensors) == {f"{name}/{at}" for name in SETTINGS for at in range(3)}
    found = {
        name: Contrast(
            torch.stack([tensors[f"{name}/{at}"] for at in range(3)]), torch.ones(3), {},
            torch.zeros(0, 3, 32),
        )
        for name in SETTINGS
    }  # fmt: skip
    plan = replace(PLAN, own_norm=True)
    chosen = interventions.tried_in_every_setting(found, layer, plan, None)
    norm = float(tensors[f"BASE/{layer}"].norm())
    for one in chosen:
        like = tensors[f"{one.vector_setting}/{layer}"]
        assert float(torch.cosine_similarity(one.vector, like, dim=0)) == pytest.approx(1)
        wanted = norm if one.direction == "contrastive" else float(like.norm())
        assert float(one.vector.norm()) == pytest.approx(wanted, rel=1e-5)
    assert [one.direction for one in chosen].count("own_norm") == len(SETTINGS) - 1


def test_controls_are_as_many_as_asked_for_and_numbered():
    found = interventions.controls(BASE, 1, PLAN)
    assert {kind: len(some) for kind, some in found.items()} == {
        "random": 3, "resampled": 4, "shuffled": 2, "perturbed": 1,
    }  # fmt: skip
    for kind, some in found.items():
        assert [one.number for one in some] == list(range(len(some)))
        assert {(one.direction, one.layer, one.vector_setting) for one in some} == {
            (kind, 1, "BASE")
        }
    for number, one in enumerate([*found["resampled"], *found["shuffled"]]):
        assert torch.equal(one.vector, BASE.weighted[number, 1])
    expected = CONTROLS["random"].of_vector(3, BASE.mean[1], PLAN.seed)
    assert torch.equal(torch.stack([one.vector for one in found["random"]]), expected)


def test_resampled_vectors_of_a_shift_have_the_length_that_its_vector_has():
    contrasts = {
        name: contrast_of(seed, weighted=6)
        for seed, name in enumerate(("BASE", "SYS_POS", "USER_NEG", "USER_POS"))
    }
    plan = replace(PLAN, resampled_shift_vectors=3)
    found = interventions.resampled_in_shifts(contrasts, 1, plan)
    assert list(found) == ["USER_NEG", "USER_POS"]
    of_base, of_sys_pos = found["USER_NEG"][:3], found["USER_NEG"][3:]
    assert [one.number for one in found["USER_NEG"]] == [0, 1, 2, 0, 1, 2]
    # Those of BASE are the first ones that are measured in BASE; nothing is done to them.
    same = interventions.controls(contrasts["BASE"], 1, plan)["resampled"]
    for one, other in zip(of_base, same, strict=False):
        assert torch.equal(one.vector, other.vector)
        assert (one.vector_setting, one.direction) == ("BASE", "resampled")
    # Those of SYS_POS are as much shorter as their own vector is made, and differ in length.
    longer = contrasts["BASE"].mean[1].norm() / contrasts["SYS_POS"].mean[1].norm()
    assert longer < 0.8
    for number, one in enumerate(of_sys_pos):
        torch.testing.assert_close(one.vector, contrasts["SYS_POS"].weighted[number, 1] * longer)
        assert one.vector_setting == "SYS_POS"
    # SYS_NEG is not there, as with a template that has no system role.
    assert [one.vector_setting for one in found["USER_POS"]] == ["BASE"] * 3


def test_a_kind_of_which_none_is_asked_for_is_not_there(monkeypatch):
    monkeypatch.setitem(CONTROLS, "turned", toys.TURNED)
    found = interventions.controls(BASE, 0, replace(PLAN, random_vectors=0, resampled_vectors=0))
    assert list(found) == ["shuffled", "perturbed", "turned"]
    assert torch.equal(found["shuffled"][1].vector, BASE.weighted[1, 0])


def test_vectors_of_some_groups_have_the_length_of_the_vector_and_directions_of_their_own():
    plan = replace(PLAN, resampled_vectors=1, shuffled_vectors=2, subset_vectors=2)
    found = interventions.controls(BASE, 1, plan)["subset"]
    for number, one in enumerate(found):
        own = BASE.weighted[3 + number, 1]
        torch.testing.assert_close(one.vector.norm(), BASE.mean[1].norm())
        assert float(torch.cosine_similarity(one.vector, own, dim=0)) == pytest.approx(1)
        assert not torch.allclose(one.vector, own)


def test_the_vector_of_another_concept_has_its_name_and_our_norm():
    other = contrast_of(4)
    one = interventions.of_other_concept("tidy", other, BASE, 2, PLAN)
    assert (one.direction, one.vector_concept, one.layer) == ("other", "tidy", 2)
    torch.testing.assert_close(one.vector.norm(), BASE.mean[2].norm())
    cosine = torch.cosine_similarity(one.vector, other.mean[2], dim=0)
    assert float(cosine) == pytest.approx(1)


def test_the_planted_direction_is_that_of_the_models_own_files():
    folder = model_folder("wren")
    planted, concept = planted_of(folder), load_concept("tidy")
    one = interventions.planted_direction(planted, concept, PLAN)
    tensors, metadata = load_vectors(folder / "directions.safetensors")
    assert torch.equal(one.vector, tensors["tidy"].float())
    assert (one.direction, one.layer) == ("planted", int(metadata["layer"]))
    assert one.maker == interventions.TRAINED
    assert interventions.planted_direction(None, concept, PLAN) is None
    # A concept of the reader's is not the planted one, whatever its name.
    mine = replace(tiny.concept(), name="tidy")
    assert interventions.planted_direction(planted, mine, PLAN) is None


def test_no_two_interventions_of_a_run_have_the_same_key(done):
    _, results = done
    layers = results.sweep.drop_duplicates([*VECTOR_KEY, "vector_setting", "layer"])
    slopes = results.steerability.drop_duplicates([*VECTOR_KEY, "vector_setting", "layer"])
    # The vector of three layers and four settings, the controls; then resampled ones of SYS_POS and
    # SYS_NEG, of which the first four are asked.
    assert len(layers) == len(slopes) == 3 + 4 + 3 + 4 + 2 + 1 + 1 + 4 + 4
