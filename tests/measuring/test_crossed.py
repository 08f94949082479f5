"""Crossed vectors: their slopes are those of plain hooks, and what is there is not tried again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from steering.concepts.pairs import pairs_of
from steering.errors import Refused
from steering.forward.copies import Intervention
from steering.measuring.crossed import BothForms, measure_crossed
from steering.measuring.matrix import PAIRS
from steering.measuring.matrix_runs import finished_run
from steering.measuring.measure import measure
from steering.measuring.plan import MULTIPLIERS
from steering.models.loading import load_model
from steering.prompts.rendering import render
from steering.prompts.requests import REQUESTS, Asked
from steering.prompts.said import render_said
from steering.records.crossed import CONTRACT, crossed_file, read_crossed, read_stored_crossed
from steering.records.tables import NO_PARTNER
from steering.steerability import few_multipliers
from steering.storage import locked, write_json
from steering.vectors.arithmetic import rescaled
from tests.support import oracle, tiny
from tests.support.replied import by_hooks
from tests.support.small import LEAST, listing

PLAN = replace(
    LEAST, settings=("BASE", "USER_NEG"), multipliers=MULTIPLIERS, test_groups=3, replies=0,
    random_vectors=0, resampled_vectors=0, shuffled_vectors=0, perturbed_vectors=0,
    other_concept="", sampled_replies=0,
)  # fmt: skip


def of(top, name="thrift"):
    return {name: (tiny.concept(), top / "letters" / name, top / "said" / name)}


@pytest.fixture(scope="module")
def measured(model, tmp_path_factory):
    """Runs of one concept in both forms, and the table of crossed vectors."""
    top = tmp_path_factory.mktemp("runs")
    measure(model, tiny.concept(), PLAN, top / "letters" / "thrift")
    measure(model, tiny.concept(), replace(PLAN, form="said"), top / "said" / "thrift")
    assert measure_crossed(model, of(top)) == {}
    return top


@pytest.fixture
def runs(measured, tmp_path):
    """The same runs without what was tried, for one test alone."""
    ignored = shutil.ignore_patterns("crossed", "stages")
    shutil.copytree(measured, tmp_path / "runs", ignore=ignored)
    return tmp_path / "runs"


def both_runs(top) -> BothForms:
    ((concept, letters, said),) = of(top).values()
    return BothForms(concept, finished_run(letters), finished_run(said))


def test_each_vector_is_tried_on_all_questions_of_the_other_form(measured):
    table = read_crossed([measured / "said" / "thrift"])
    CONTRACT.validate(table)
    both = both_runs(measured)
    for run in (both.chosen, both.said):
        part = table[table["form"] == run.form]
        prompts = pd.read_parquet(run.folder / "prompts.parquet")
        tested = run.items.loc[run.items["split"] == "test", "item"]
        prompts = prompts[prompts["item"].isin(tested)]
        key = ["prompt_setting", "item", "partner", "order", "request"]
        assert set(part[key].itertuples(index=False)) == set(prompts[key].itertuples(index=False))
        assert len(part) == len(prompts)
        assert set(part["layer"]) == {run.layer}
    assert set(table["direction"]) == {"crossed"}
    assert set(table["vector_setting"]) == {"BASE"}
    assert set(table["vector_concept"]) == {"thrift"}


def vector_on(asked, read) -> torch.Tensor:
    """The vector of the other form at the layer and at the norm of the own one."""
    own, other = (torch.from_numpy(one.vector(asked.layer)) for one in (asked, read))
    vector = rescaled(other, own)
    assert float(vector.norm()) == pytest.approx(float(own.norm()), rel=1e-5)
    assert float(torch.cosine_similarity(vector, own, dim=0)) < 0.999
    return vector


def test_slopes_of_letters_are_those_of_plain_hooks_under_the_vector_of_replies(measured, model):
    module, both = load_model(model).module, both_runs(measured)
    vector = vector_on(both.chosen, both.said)
    few = few_multipliers(PLAN.multipliers, PAIRS)
    table = read_crossed([both.said.folder]).query("form == 'chosen'")
    for row in table.groupby("prompt_setting").head(3).to_dict("records"):
        item = both.concept.items[row["item"]]
        prompt = render(both.concept, item, row["prompt_setting"], row["order"], tiny.tokenizer())
        moved = [
            oracle.propensity(
                module, tiny.tokenizer(), prompt.text, prompt.positive_letter,
                layer=both.chosen.layer, steer=oracle.adding(times * vector),
            )
            for times in few
        ]  # fmt: skip
        assert row["steerability"] == pytest.approx(np.polyfit(few, moved, 1)[0], abs=2e-5)


def test_slopes_of_replies_are_those_of_plain_hooks_under_the_vector_of_letters(measured, model):
    loaded, both = load_model(model), both_runs(measured)
    vector = vector_on(both.said, both.chosen)
    few = few_multipliers(PLAN.multipliers, PAIRS)
    table = read_crossed([both.said.folder]).query("form == 'said'")
    pairs = {(one.item, one.partner): one for one in pairs_of(both.concept, "test")}
    for row in table.groupby("prompt_setting").head(2).to_dict("records"):
        assert row["partner"] != NO_PARTNER
        one = Asked(pairs[row["item"], row["partner"]], REQUESTS[row["request"]])
        prompt = render_said(both.concept, one, row["prompt_setting"], loaded.tokenizer)
        push = Intervention("BASE", "crossed", both.said.layer, vector)
        moved = by_hooks(loaded, [prompt], [push], few)[0, 0, 0]
        assert row["steerability"] == pytest.approx(np.polyfit(few, moved, 1)[0], abs=1e-4)


def test_what_is_there_is_not_tried_again_and_no_model_is_loaded(measured):
    before = listing(measured / "said" / "crossed")
    assert measure_crossed("a model that is not there", of(measured)) == {}
    assert listing(measured / "said" / "crossed") == before


def test_the_file_names_what_it_was_measured_from(measured):
    _, about = read_stored_crossed(measured / "said" / "thrift")
    files = [measured / form / "thrift" / "card.json" for form in ("letters", "said")]
    assert list(about.runs) == [json.loads(one.read_text())["plan_hash"] for one in files]
    assert about.refused == ""
    assert about == both_runs(measured).about


def changed_card(folder, **values) -> None:
    card = json.loads((folder / "card.json").read_text())
    write_json(card | values, folder / "card.json")


@pytest.mark.parametrize("form", ["letters", "said"])
def test_a_run_that_was_measured_anew_is_tried_anew(form, runs, measured, model):
    shutil.copytree(measured / "said" / "crossed", runs / "said" / "crossed")
    table = read_crossed([runs / "said" / "thrift"])
    changed_card(runs / form / "thrift", plan_hash="another plan")
    assert measure_crossed(model, of(runs)) == {}
    _, about = read_stored_crossed(runs / "said" / "thrift")
    assert "another plan" in about.runs
    key = ["form", "prompt_setting", "item", "order"]
    pd.testing.assert_frame_equal(
        read_crossed([runs / "said" / "thrift"]).sort_values(key, ignore_index=True),
        table.sort_values(key, ignore_index=True),
        rtol=1e-4,
        atol=1e-5,
    )


def test_other_weights_and_vectors_made_otherwise_are_refused(runs, model):
    said = runs / "said" / "thrift"
    card = json.loads((said / "card.json").read_text())
    for part, value in (("model", {"revision": "other"}), ("plan", {"operator": "other"})):
        changed_card(said, **{part: card[part] | value})
        refused = measure_crossed(model, of(runs))
        assert list(refused) == [said]
        assert "are of other weights or precision, or their vectors are made or" in refused[said]
        table, about = read_stored_crossed(said)
        assert table.empty
        assert about.refused == refused[said]
    write_json(card, said / "card.json")
    assert measure_crossed(model, of(runs)) == {}
    assert len(read_crossed([said])) > 0


def test_a_run_that_is_not_finished_is_refused_in_a_sentence(runs, model):
    (runs / "letters" / "thrift" / "card.json").unlink()
    refused = measure_crossed(model, of(runs))
    assert list(refused) == [runs / "said" / "thrift"]
    assert "has no card.json" in refused[runs / "said" / "thrift"]


def test_a_given_vector_is_tried_on_no_other_form(runs, model):
    changed_card(runs / "letters" / "thrift", given={"sha256": "x", "layers": [1]})
    refused = measure_crossed(model, of(runs))
    assert list(refused) == [runs / "said" / "thrift"]


def test_other_weights_than_those_of_the_runs_are_refused(runs, tmp_path):
    other = str(tiny.save(tmp_path / "other", seed=1))
    refused = measure_crossed(other, of(runs))
    (sentence,) = refused.values()
    assert "was measured on other weights than those that are here" in sentence
    absent = measure_crossed(str(tmp_path / "no" / "model"), of(runs))
    assert list(absent) == list(refused)


def test_a_damaged_table_is_measured_again(runs, measured, model):
    said = runs / "said" / "thrift"
    crossed_file(said).parent.mkdir()
    crossed_file(said).write_bytes(b"damaged")
    assert measure_crossed(model, of(runs)) == {}
    pd.testing.assert_frame_equal(
        read_crossed([said]), read_crossed([measured / "said" / "thrift"]), rtol=1e-4, atol=1e-5
    )


def test_a_folder_that_another_process_is_at_is_refused(runs, model):
    said = runs / "said" / "thrift"
    with (
        locked(crossed_file(said).parent, "held"),
        pytest.raises(Refused, match=r"crossed vectors are being tried in .* already: wait"),
    ):
        measure_crossed(model, of(runs))
    assert not crossed_file(said).exists()
