"""A real chat model, measured as a user measures it: SmolLM2-135M-Instruct from its package.

Its weights are loaded once for all that is held here: the check, one concept at small sizes against
plain hooks, and the gate, which says that it does not answer.
"""

from __future__ import annotations

import pytest

from steering.analysis.answering import answering
from steering.concepts import load_concept
from steering.forward.routes import route_of
from steering.measuring.check import check_loaded
from steering.measuring.measure import Access, measure
from steering.measuring.plan import Plan
from steering.measuring.run import rendered_prompts
from steering.models.loading import load_model
from steering.models.packaged import PACKAGED, installed_file
from steering.records.results import read_results
from steering.vectors.files import load_vectors
from tests.support import oracle

NAME, CONCEPT, LAYER = "smollm2", "frugal", 14
if installed_file(NAME) is None:
    pytest.skip(
        f"{PACKAGED[NAME].requirement} is not installed here (`make install REAL=1` installs it)",
        allow_module_level=True,
    )
# What rounding in float32 explains of its logits, which reach 20; seen are 2e-5 and 2e-4.
BOUNDS = {"propensity": 1e-3, "vector": 5e-3}
SMALL = Plan(
    settings=("BASE",), multipliers=(-1.0, 0.0, 1.0), layers=(LAYER,), test_groups=6,
    train_groups=2, validation_groups=1, map_items=1, random_vectors=2, resampled_vectors=2,
    shuffled_vectors=0, perturbed_vectors=0, replies=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    loaded, concept = load_model(NAME, device="cpu"), load_concept(CONCEPT)
    # One proof of the route for all lengths, where each wider range of them would take another.
    prompts = rendered_prompts(loaded, concept, concept.items, "BASE")
    route_of(loaded, [one.token_ids for one in prompts])
    return loaded


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / CONCEPT
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Access, "load", lambda *_: model)
        measure(NAME, CONCEPT, SMALL, run)
    return run


@pytest.fixture(scope="module")
def results(folder):
    return read_results([folder])


def test_the_check_holds_it_to_plain_hooks(model):
    proof = check_loaded(model, load_concept(CONCEPT))
    assert proof.route == "packed, growing"
    assert proof.steered[1] == "("
    assert {what: proof.differences[what] < bound for what, bound in BOUNDS.items()} == {
        "propensity": True,
        "vector": True,
    }


def test_what_is_measured_is_what_plain_hooks_give(model, folder, results):
    vector = load_vectors(folder / "vector.safetensors")[0][f"BASE/{LAYER}"]
    sweep = results.sweep.query("direction == 'contrastive' and layer == @LAYER")
    prompts = results.prompts.set_index(["item", "order"])
    items = [row for row in sweep.to_dict("records") if row["multiplier"] != 0][:4]
    assert len({(row["item"], row["order"]) for row in items}) == 2
    for row in items:
        prompt = prompts.loc[(row["item"], row["order"])]
        plain = oracle.propensity(
            model.module, model.tokenizer, prompt["text"], prompt["positive_letter"],
            layer=LAYER, steer=oracle.adding(row["multiplier"] * vector),
        )  # fmt: skip
        assert row["propensity"] == pytest.approx(plain, abs=BOUNDS["propensity"])


def test_it_does_not_answer_and_is_told_so(results):
    """The gate of every verdict: so few groups make no verdict, but it fails all the same."""
    (row,) = answering(results).to_dict("records")
    assert row["groups"] == SMALL.test_groups
    assert row["letter_mass"] > 0.9, "the probability is on the letters"
    assert row["alike"] == 0, "no question gets the same choice in both orders"
    assert not row["answers"]
    assert row["reason"].startswith("what the choices say does not move the answer")
