"""`measure`: what it writes, that it resumes, that it refuses without leaving a trace."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny
import torch

from steering import directions, stages
from steering.activations import contrast
from steering.concepts import load_concept, own_concepts, statement_hash, unseen
from steering.errors import Refused
from steering.generation import replies
from steering.measurement import measure
from steering.models import load_model, wrap
from steering.plan import Plan
from steering.prompts import render
from steering.steerability import slopes
from steering.sweep import Intervention, propensities
from steering.tables import SETTINGS, STEERABILITY_KEY, SWEEP_KEY, read, read_results
from steering.vectors import load_vectors, resampling_weights, shuffling_weights

SMALL = Plan(
    items=4, train_items=6, map_items=2, random_vectors=3, resampled_vectors=4,
    shuffled_vectors=2, perturbed_vectors=1, replies=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny.save(tmp_path_factory.mktemp("models") / "tiny-llama"))


@pytest.fixture(scope="module")
def done(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "thrift"
    return folder, measure(model, tiny.concept(), SMALL, folder)


def listing(folder):
    return {file.name: file.stat().st_mtime_ns for file in folder.rglob("*")}


def test_every_table_is_there_with_its_key(done):
    folder, results = done
    assert {file.name for file in folder.iterdir()} == {
        "items.parquet", "prompts.parquet", "sweep.parquet", "steerability.parquet",
        "vector.safetensors", "card.json", "plan.json",
    }  # fmt: skip
    assert not results.sweep.duplicated(list(SWEEP_KEY)).any()
    assert not results.steerability.duplicated(list(STEERABILITY_KEY)).any()
    assert set(results.items["split"]) == {"train", "validation", "test"}


def test_the_sweep_holds_all_that_the_plan_asks_for(done):
    _, results = done
    card = results.cards[0]
    chosen = results.sweep[results.sweep["layer"] == card["layer"]]
    test = set(results.items.loc[results.items["split"] == "test", "item"])
    at_test = chosen[chosen["item"].isin(test)]
    prompts = 2 * card["items"]["test"]
    pairs = at_test[at_test["direction"] == "contrastive"].groupby(
        ["vector_setting", "prompt_setting"]
    )
    assert set(pairs.groups) == {(one, other) for one in SETTINGS for other in SETTINGS}
    assert (pairs.size() == prompts * len(SMALL.multipliers)).all()
    controls = at_test[~at_test["direction"].isin(["contrastive"])]
    assert set(controls["prompt_setting"]) == set(controls["vector_setting"]) == {"BASE"}
    kinds = controls.drop_duplicates("direction")["direction"].str.extract(r"([a-z]+)[-:]")[0]
    assert kinds.value_counts().to_dict() == {
        "resampled": 4, "random": 3, "shuffled": 2, "perturbed": 1, "other": 1,
    }  # fmt: skip
    assert (controls.groupby("direction").size() == prompts * len(SMALL.multipliers)).all()
    assert card["other_concept"] == next(n for n in own_concepts() if n != card["concept"]["name"])
    map_layers = results.sweep.loc[results.sweep["item"].isin(test), "layer"]
    assert set(map_layers) == {0, 1, 2}


def test_the_unsteered_model_belongs_to_every_curve(done):
    _, results = done
    zero = results.sweep[results.sweep["multiplier"] == 0]
    by_prompt = zero.groupby(["prompt_setting", "item", "order"])["propensity"]
    assert (by_prompt.max() - by_prompt.min()).max() < 1e-5


def test_the_layer_is_chosen_on_validation_items_alone(done):
    _, results = done
    card = results.cards[0]
    validation = results.items.loc[results.items["split"] == "validation", "item"]
    table = slopes(results.sweep[results.sweep["item"].isin(validation)])
    means = table.groupby("layer")["steerability"].mean()
    assert card["layer"] == means.idxmax()
    for layer, slope in card["validation_slopes"].items():
        assert slope == pytest.approx(means[int(layer)])


def test_vectors_of_other_settings_have_the_norm_of_base(done):
    folder, results = done
    layer = results.cards[0]["layer"]
    tensors, metadata = load_vectors(folder / "vector.safetensors")
    assert metadata["operation"] == "add"
    assert metadata["layer_base"] == "0"
    assert set(tensors) == {f"{name}/{at}" for name in SETTINGS for at in range(3)}
    found = {
        name: stages.Contrast(
            torch.stack([tensors[f"{name}/{at}"] for at in range(3)]), torch.ones(3), {},
            torch.zeros(0, 3, 32),
        )
        for name in SETTINGS
    }  # fmt: skip
    chosen = directions.shifts(found, layer, replace(SMALL, unscaled=True), None)
    norm = float(tensors[f"BASE/{layer}"].norm())
    for one in chosen:
        like = tensors[f"{one.vector_setting}/{layer}"]
        assert float(torch.cosine_similarity(one.vector, like, dim=0)) == pytest.approx(1)
        wanted = norm if one.direction == "contrastive" else float(like.norm())
        assert float(one.vector.norm()) == pytest.approx(wanted, rel=1e-5)
    assert [one.direction for one in chosen].count("unscaled") == len(SETTINGS) - 1


def test_a_second_call_measures_nothing_and_loads_no_torch(model, done):
    folder, _ = done
    before = listing(folder)
    code = (
        "import sys; sys.path.insert(0, 'tests'); from pathlib import Path\n"
        "from steering import Plan, measure\n"
        f"plan = {SMALL!r}\n"
        f"measure({model!r}, {str(folder.parent / 'concept')!r}, plan, {str(folder)!r})\n"
        "assert 'torch' not in sys.modules\n"
    )
    # The subprocess cannot be handed a Concept: it gets the same one as a folder.
    write_concept(folder.parent / "concept")
    own = folder.parent / "own"
    measure(model, folder.parent / "concept", SMALL, own)
    code = code.replace(repr(str(folder)), repr(str(own)))
    subprocess.run([sys.executable, "-c", code], check=True)
    assert listing(folder) == before


def write_concept(folder):
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps(
            {
                "question": item.question,
                "statement": item.statement,
                "answer_matching_behavior": item.options[item.positive],
                "answer_not_matching_behavior": item.options[1 - item.positive],
            }
        )
        for item in tiny.concept().items
    ]
    (folder / "items.jsonl").write_text("\n".join(lines), encoding="utf-8")


def test_an_interrupted_run_goes_on_and_ends_the_same(model, done, tmp_path, monkeypatch):
    _, results = done
    whole = stages.propensities
    calls = []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(stages, "propensities", interrupted)
    again = tmp_path / "thrift"
    with pytest.raises(KeyboardInterrupt):
        measure(model, tiny.concept(), SMALL, again)
    assert not (again / "card.json").exists()
    assert len(list((again / "parts").glob("*.parquet"))) == 3
    calls.clear()
    monkeypatch.setattr(stages, "propensities", lambda *args: calls.append(1) or whole(*args))
    resumed = measure(model, tiny.concept(), SMALL, again)
    assert len(calls) == 2 + len(SETTINGS) - 3
    pd.testing.assert_frame_equal(resumed.sweep, results.sweep)
    assert not (again / "parts").exists()


def test_another_plan_in_the_same_folder_is_refused_and_nothing_touched(model, done):
    folder, _ = done
    before = listing(folder)
    with pytest.raises(Refused, match=r"results of another plan \(other items\).*--fresh"):
        measure(model, tiny.concept(), replace(SMALL, items=5), folder)
    assert listing(folder) == before


def test_fresh_replaces_another_plan(model, tmp_path):
    plan = Plan(
        settings=("BASE",), items=2, train_items=3, map_items=0, random_vectors=1, replies=0
    )
    measure(model, tiny.concept(), plan, tmp_path / "run")
    other = replace(plan, items=3)
    measure(model, tiny.concept(), other, tmp_path / "run", fresh=True)
    assert read(tmp_path / "run", "items").query("split == 'test'")["group"].nunique() == 3


def test_a_folder_with_other_files_is_left_alone(model, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(Refused, match="no results of ours"):
        measure(model, tiny.concept(), SMALL, tmp_path, fresh=True)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layers": (7,)}, "no layer 7: allowed are 0 to 2"),
        ({"settings": ("BASE", "SIS_POS")}, "no prompt setting 'SIS_POS'"),
        ({"dtype": "float8"}, "no dtype 'float8'"),
    ],
)
def test_what_a_plan_may_not_ask_for_leaves_no_folder(model, tmp_path, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        measure(model, tiny.concept(), replace(SMALL, **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"multipliers": (1.0, 0.0)}, "make no propensity curve"),
        ({"multipliers": (0.5, 1.0, 1.5)}, "0 among them"),
        ({"settings": ("SYS_POS",)}, "lack BASE"),
        ({"items": 0}, "items is 0"),
        ({"per_group": 0}, "per_group is 0"),
        ({"resampled_vectors": -1}, "resampled_vectors is -1"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(Refused, match=sentence):
        Plan(**changes)


def test_items_that_do_not_fit_the_context_are_counted(tmp_path):
    concept = tiny.concept()
    chosen = concept.of_split("test", 12)
    lengths = [
        render(concept, item, "USER_NEG", 0, tiny.tokenizer()).read_position for item in chosen
    ]
    folder = tiny.save(tmp_path / "short", max_position_embeddings=max(lengths))
    results = measure(str(folder), concept, replace(SMALL, items=12), tmp_path / "run")
    assert results.cards[0]["skipped"]["too_long"] > 0
    assert 0 < results.cards[0]["items"]["test"] < 12
    folder = tiny.save(tmp_path / "shorter", max_position_embeddings=20)
    with pytest.raises(Refused, match="fits the context of 20 tokens"):
        measure(str(folder), tiny.concept(), SMALL, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_results_of_several_runs_are_read_as_one(done):
    folder, results = done
    twice = read_results([folder, folder])
    assert len(twice.sweep) == 2 * len(results.sweep)
    assert len(twice.items) == len(results.items)
    assert len(twice.cards) == 2


@pytest.mark.parametrize("joined", [False, True])
def test_generation_steers_every_token_with_and_without_a_cache(joined):
    tokenizer = tiny.tokenizer(joined)
    module = tiny.model("Llama")
    model = wrap(module, tokenizer, name="tiny")
    concept = tiny.concept()
    prompts = [render(concept, item, "BASE", 0, tokenizer) for item in concept.items[:2]]
    vector = 2 * torch.randn(32, generator=torch.Generator().manual_seed(0))
    scales = (-1.5, 0.0, 1.5)
    cached = replies(model, prompts, 1, vector, scales, tokens=6)
    plain = replies(model, prompts, 1, vector, scales, tokens=6, cache=False)
    by_hand = [
        [decoded(module, tokenizer, prompt, scale * vector) for scale in scales]
        for prompt in prompts
    ]
    assert cached == plain == by_hand
    assert len({text for row in cached for text in row}) > 2


def decoded(module, tokenizer, prompt, delta):
    ids = list(prompt.token_ids)

    def hook(_, __, output):
        output = output.clone()
        output[:, prompt.steered_from :] += delta
        return output

    handle = module.model.layers[1].register_forward_hook(hook)
    with torch.no_grad():
        for _ in range(6):
            ids.append(int(module(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
            if ids[-1] == tokenizer.eos_token_id:
                break
    handle.remove()
    text = tokenizer.decode(ids[prompt.read_position :], skip_special_tokens=True)
    return prompt.begun + text.strip("\n")


def test_curves_of_random_vectors_differ_and_are_repeatable(done, model, tmp_path):
    _, results = done
    again = measure(model, tiny.concept(), SMALL, tmp_path / "again")
    np.testing.assert_array_equal(again.sweep["propensity"], results.sweep["propensity"])


def test_resampled_and_shuffled_vectors_are_made_of_the_training_pairs(done, model):
    _, results = done
    concept, plan = tiny.concept(), SMALL
    loaded = load_model(model)
    run = stages.Run(loaded, concept, plan, Path("unused"))
    prompts = stages.ask(run).prompts["train", "BASE"]
    groups = [concept.items[prompt.item].group for prompt in prompts]
    weights = torch.cat(
        [
            resampling_weights(groups, plan.resampled_vectors, plan.seed),
            shuffling_weights([prompt.item for prompt in prompts], plan.shuffled_vectors, 0),
        ]
    )
    found = contrast(loaded, prompts, keep=[1], weights=weights)
    by_hand = weights @ found.differences[1]
    torch.testing.assert_close(found.weighted[:, 1], by_hand, atol=1e-6, rtol=1e-5)
    layer = results.cards[0]["layer"]
    one = Intervention("BASE", "resampled-002", layer, found.weighted[2, layer])
    at = results.steerability
    at = at[(at["direction"] == "resampled-002") & (at["order"] == 0)]
    asked = [
        render(concept, concept.items[item], "BASE", 0, loaded.tokenizer) for item in at["item"]
    ]
    curves = propensities(loaded, asked, [one], plan.multipliers)[:, 0]
    lambdas = np.array(plan.multipliers)
    expected = curves @ lambdas / (lambdas @ lambdas)
    np.testing.assert_allclose(at["steerability"], expected, atol=1e-5)


def test_the_other_concept_is_part_of_the_plan(model, done, tmp_path):
    folder, _ = done
    with pytest.raises(Refused, match=r"other other, other_concept"):
        measure(model, tiny.concept(), replace(SMALL, other="frugal"), folder)
    with pytest.raises(Refused, match="the other concept is 'frugal' itself"):
        measure(model, "frugal", replace(SMALL, other="frugal"), tmp_path / "run")
    alone = measure(model, tiny.concept(), replace(SMALL, other=""), tmp_path / "alone")
    assert not alone.sweep["direction"].str.startswith("other:").any()
    assert alone.cards[0]["other_concept"] is None


def test_one_item_of_each_group_is_tested_unless_more_are_asked_for():
    concept = load_concept("frugal")
    one, every = concept.of_split("test", 20, 1), concept.of_split("test", 20)
    assert len(one) == len({item.group for item in one}) == 20
    assert {item.group for item in one} == {item.group for item in every}
    assert set(one) < set(every)


def test_what_a_model_has_seen_in_training_is_not_measured(tmp_path):
    concept = load_concept("frugal")
    kept = [statement_hash(item.statement) for item in concept.items[::2]]
    folder = tiny.save(tmp_path / "tiny")
    (folder / "withheld.json").write_text(json.dumps({"frugal": kept}))
    results = measure(str(folder), "frugal", replace(SMALL, items=None), tmp_path / "run")
    assert set(results.items["statement_hash"]) <= set(kept)
    assert len(results.items) > 6
    # A concept of the user's own is no set that was learned, whatever its name.
    assert unseen(replace(concept, source="file"), frozenset(kept)).items == concept.items
