"""A vector from a file is measured as it is in the file, beside controls that need no pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from steering.analysis.curves import curve_table, select
from steering.clone import clone
from steering.errors import Refused
from steering.measuring.given import pinned
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.models.loading import load_model
from steering.records.results import Results
from steering.vectors.files import load_vectors
from tests.support import tiny
from tests.support.small import LEAST, by_hand, listing

PLAN = replace(LEAST, settings=("BASE", "USER_NEG"), random_vectors=3)
WIDTH = 32


def file_of(folder: Path, held: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(held, folder / "given.pt")
    return folder / "given.pt"


def drawn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


VECTORS = {0: 0.5 * drawn(0, WIDTH), 2: 3 * drawn(2, WIDTH)}


@pytest.fixture(scope="module")
def given(model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    """A run with the vectors of two layers of three; no test changes it."""
    folder = tmp_path_factory.mktemp("given")
    file = file_of(folder, VECTORS)
    return folder / "run", measure(model, tiny.concept(), PLAN, folder / "run", vector=file)


def test_what_is_measured_equals_plain_hooks_at_the_layer_and_norm_of_the_file(
    given: tuple[Path, Results], model: str
) -> None:
    module = load_model(model).module
    sweep = given[1].sweep
    rows = sweep[sweep["direction"] == "contrastive"]
    assert set(rows["layer"]) == set(VECTORS)
    assert set(rows["maker"]) == {"given"}
    assert set(rows["vector_setting"]) == {"BASE"}
    assert set(rows["prompt_setting"]) == set(PLAN.settings)
    for layer, part in rows.groupby("layer"):
        expected = by_hand(module, part, {0: VECTORS[int(str(layer))]})
        np.testing.assert_allclose(part["propensity"], expected, atol=1e-4)


def test_the_layer_is_chosen_among_those_of_the_file(given: tuple[Path, Results]) -> None:
    card = given[1].cards[0]
    slopes = {int(layer): slope for layer, slope in card["validation_slopes"].items()}
    assert set(slopes) == set(VECTORS)
    assert card["layer"] == max(slopes, key=lambda layer: slopes[layer])
    assert card["given"]["layers"] == [0, 2]
    assert not card["given"]["named"]


def test_its_controls_are_those_that_need_no_training_pairs(given: tuple[Path, Results]) -> None:
    folder, found = given
    card, sweep = found.cards[0], found.sweep
    assert set(sweep["direction"]) == {"contrastive", "random", "perturbed", "other"}
    assert set(sweep.loc[sweep["direction"] == "other", "maker"]) == {"mean"}
    made = {name for name in card["stages"] if name.startswith("vectors/")}
    assert made == {"vectors/other"}
    norm = card["vector_norms"]["BASE"]
    assert norm == pytest.approx(float(VECTORS[card["layer"]].norm()), rel=1e-6)
    assert card["vector_norms"].keys() == {"BASE"}
    tensors, about = load_vectors(folder / "vector.safetensors")
    assert set(tensors) == {"BASE/0", "BASE/2"}
    assert torch.equal(tensors["BASE/2"], VECTORS[2])
    assert about["concept"] == "thrift"


def test_the_residual_stream_is_as_long_as_extraction_finds_it(
    given: tuple[Path, Results], model: str, tmp_path: Path
) -> None:
    """The norms of an ordinary run, of the same items."""
    card = given[1].cards[0]
    of_file = measure(
        model, tiny.concept(), replace(PLAN, layers=(card["layer"],)), tmp_path / "made"
    ).cards[0]
    assert card["residual_norm"] == pytest.approx(of_file["residual_norm"], rel=0.05)


def test_a_layer_may_be_named_and_a_vector_alone_needs_it(model: str, tmp_path: Path) -> None:
    file = file_of(tmp_path, VECTORS[2])
    plan = replace(PLAN, settings=("BASE",), vector=str(file), vector_layer=1)
    found = measure(model, tiny.concept(), plan, tmp_path / "run")
    card = found.cards[0]
    assert (card["layer"], card["layers"], card["given"]["named"]) == (1, [1], True)
    module = load_model(model).module
    rows = found.sweep[found.sweep["direction"] == "contrastive"]
    np.testing.assert_allclose(
        rows["propensity"], by_hand(module, rows, {0: VECTORS[2]}), atol=1e-4
    )


def test_the_same_again_measures_nothing_and_another_vector_is_refused(
    given: tuple[Path, Results], model: str, counted: Any, tmp_path: Path
) -> None:
    folder, found = given
    before = listing(folder)
    again = measure(model, tiny.concept(), PLAN, folder, vector=folder.parent / "given.pt")
    assert again.cards[0] == found.cards[0]
    assert not counted.anything()
    file = file_of(tmp_path, {0: VECTORS[0], 2: 1.01 * VECTORS[2]})
    for options in (
        {"vector": file},
        {},
        {"vector": folder.parent / "given.pt", "vector_layer": 2},
    ):
        with pytest.raises(Refused, match="holds results of another plan"):
            measure(model, tiny.concept(), PLAN, folder, **options)
    assert listing(folder) == before


def test_a_plan_takes_the_hash_of_what_the_file_holds(tmp_path: Path) -> None:
    plan = Plan(vector=str(file_of(tmp_path, VECTORS)))
    found = pinned(plan)
    assert len(found.vector_sha256) == 64
    assert found.vector == str((tmp_path / "given.pt").resolve())
    assert pinned(found) is found
    assert pinned(Plan()) == Plan()
    assert found.maker == "given"
    assert (found.vectors_of("resampled"), found.vectors_of("shuffled")) == (0, 0)
    assert found.vectors_of("random") == Plan().random_vectors
    assert found.resampled_shifts == {}


def test_the_planted_direction_given_as_a_file_has_the_slopes_of_the_planted_one(
    tmp_path: Path,
) -> None:
    tensors, about = load_vectors(clone() / "models" / "wren" / "directions.safetensors")
    layer = int(about["layer"])
    save_file({f"layer.{layer}": tensors["tidy"].float()}, tmp_path / "tidy.safetensors")
    plan = replace(LEAST, test_groups=3, random_vectors=0, perturbed_vectors=0, replies=0)
    plan = replace(plan, other_concept="", vector=str(tmp_path / "tidy.safetensors"))
    curves = curve_table(measure("wren", "tidy", plan, tmp_path / "run"))
    own, truth = select(curves), select(curves, direction="planted")
    assert len(own) == len(truth) > 0
    np.testing.assert_allclose(own["steerability"], truth["steerability"], atol=1e-5)
    np.testing.assert_allclose(own["planted_steerability"], truth["planted_steerability"])
    assert own["steerability"].mean() > 1


REFUSED = {
    "width": ({1: drawn(1, 16)}, {}, "holds vectors of width 16, and model 'tiny-llama' has width"),
    "depth": ({3: drawn(1, WIDTH)}, {}, "a vector of layer 3, and model 'tiny-llama' has the lay"),
    "rows": (drawn(1, 2, WIDTH), {}, "a matrix of 2 rows, and model 'tiny-llama' has 3 layers"),
    "zeros": ({1: torch.zeros(WIDTH)}, {}, "holds nothing but zeros"),
    "not finite": ({1: torch.full((WIDTH,), torch.inf)}, {}, "not finite at layer 1"),
    "empty": ({}, {}, "holds no vector: allowed are"),
    "no layer": (drawn(1, WIDTH), {}, "does not say of which layer: name it by --vector-layer"),
    "another layer": ({1: drawn(1, WIDTH)}, {"vector_layer": 2}, "no vector of layer 2: it holds"),
    "negative": ({1: drawn(1, WIDTH)}, {"vector_layer": -1}, "vector_layer is -1: allowed are"),
    "other layers": ({1: drawn(1, WIDTH)}, {"layers": (0, 2)}, "none of the layers that --layers"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    name: str, model: str, tmp_path: Path
) -> None:
    held, options, said = REFUSED[name]
    file = file_of(tmp_path / "files", held)
    out = tmp_path / "run"
    with pytest.raises(Refused, match=said) as refused:
        measure(model, tiny.concept(), replace(PLAN, vector=str(file), **options), out)
    assert "\n" not in str(refused.value)
    assert not out.exists()


def test_a_file_that_changed_after_it_was_asked_for_is_refused(model: str, tmp_path: Path) -> None:
    plan = pinned(replace(PLAN, vector=str(file_of(tmp_path, VECTORS))))
    file_of(tmp_path, {0: VECTORS[0]})
    with pytest.raises(Refused, match="another vector than when this was asked for"):
        measure(model, tiny.concept(), plan, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_layer_of_no_vector_and_a_maker_without_its_file_are_refused() -> None:
    with pytest.raises(Refused, match=r"vector_layer is 3: allowed are .* beside the file of a v"):
        Plan(vector_layer=3)
    with pytest.raises(Refused, match="there is no maker 'given': allowed are mean"):
        Plan(maker="given")
