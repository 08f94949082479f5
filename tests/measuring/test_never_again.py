"""What was measured is not measured again: counted in forward passes, compared bit by bit."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from steering.concepts import load_concept
from steering.errors import Refused
from steering.forward.scores import SCORES
from steering.measuring import identity
from steering.measuring.measure import measure
from steering.prompts.rendering import render
from steering.vectors.controls import CONTROLS
from tests.support import tiny, toys
from tests.support.small import LEAST, SMALL, same_rows


def points(kind):
    """At how many λ besides 0 a kind of control is measured."""
    return sum(one != 0 for one in SMALL.multipliers_of(kind))


@pytest.fixture
def run(done, tmp_path):
    """A complete run of this test's own, and what it found."""
    folder, results = done
    shutil.copytree(folder, tmp_path / "thrift")
    return tmp_path / "thrift", results


def prompts_of(results, setting="BASE"):
    """How many test prompts there are in a setting."""
    at_test = set(results.items.loc[results.items["split"] == "test", "item"])
    prompts = results.prompts
    return len(prompts[prompts["item"].isin(at_test) & (prompts["prompt_setting"] == setting)])


def all_copies(results):
    """How many steered copies of prompts a whole run takes."""
    curves = results.sweep[results.sweep["multiplier"] != 0]
    return len(curves)


def test_a_whole_run_takes_so_many_passes(model, done, counted, tmp_path):
    """The count itself: it is what a run from the beginning takes, and 0 for one that is there."""
    folder, results = done
    measure(model, tiny.concept(), SMALL, folder)
    assert not counted.anything()
    measure(model, tiny.concept(), SMALL, tmp_path / "again")
    assert counted.copies == all_copies(results)
    trained = results.prompts["item"].isin(
        results.items.loc[results.items["split"] == "train", "item"]
    )
    of_other = load_concept(results.cards[0]["other_concept"]).of_split("train", 6, 1)
    assert counted.pairs == trained.sum() + 2 * len(of_other)
    assert counted.replies == 1


def test_a_control_that_is_new_is_all_that_is_measured(model, run, counted, monkeypatch):
    folder, results = run
    monkeypatch.setitem(CONTROLS, "turned", toys.TURNED)
    found = measure(model, tiny.concept(), SMALL, folder)
    assert counted.copies == 2 * points("turned") * prompts_of(results)
    assert (counted.pairs, counted.replies) == (0, 0)
    new = found.sweep["direction"] == "turned"
    assert new.sum() == 2 * len(SMALL.multipliers_of("turned")) * prompts_of(results)
    assert len(found.sweep) == len(results.sweep) + new.sum()
    same_rows(found.sweep, results.sweep)
    assert found.cards[0]["generations"] == results.cards[0]["generations"]
    # And that too is measured once.
    counted.copies = 0
    measure(model, tiny.concept(), SMALL, folder)
    assert not counted.anything()


def test_a_control_of_the_pairs_takes_the_pairs_of_base_once_more(model, run, counted, monkeypatch):
    folder, results = run
    monkeypatch.setitem(CONTROLS, "first_pairs", toys.FIRST_PAIRS)
    found = measure(model, tiny.concept(), SMALL, folder)
    assert counted.copies == 2 * points("first_pairs") * prompts_of(results)
    assert counted.pairs == 2 * results.cards[0]["items"]["train"]
    assert counted.replies == 0
    same_rows(found.sweep, results.sweep)


def test_a_score_that_is_new_leaves_the_columns_that_are_there(model, run, counted, monkeypatch):
    folder, results = run
    monkeypatch.setitem(SCORES, "other_letter", toys.OTHER_LETTER)
    found = measure(model, tiny.concept(), SMALL, folder)
    assert (counted.pairs, counted.replies) == (0, 0)
    assert counted.copies == all_copies(results)
    assert set(found.sweep.columns) == {*results.sweep.columns, "other_letter"}
    old = found.sweep.drop(columns="other_letter")
    pd.testing.assert_frame_equal(old, results.sweep, check_exact=True)
    pd.testing.assert_frame_equal(found.steerability, results.steerability, check_exact=True)


def test_whole_answers_asked_for_later_leave_the_propensities(model, tmp_path):
    before = measure(model, tiny.concept(), LEAST, tmp_path / "run").sweep
    plan = replace(LEAST, whole_answers=True)
    found = measure(model, tiny.concept(), plan, tmp_path / "run").sweep
    assert found["answer_propensity"].notna().all()
    same = found.drop(columns="answer_propensity")
    pd.testing.assert_frame_equal(same, before, check_exact=True)


def other_code(monkeypatch, place):
    """From now on the code of a place of the package is another."""
    known = identity.code_hash

    def changed(places, without=()):
        places = tuple(places)
        return known(places, without) + ("changed" if place in places else "")

    monkeypatch.setattr(identity, "code_hash", changed)


def test_other_code_of_the_slopes_makes_the_tables_anew_and_measures_nothing(
    model, run, counted, monkeypatch
):
    folder, results = run
    other_code(monkeypatch, "steerability")
    before = (folder / "steerability.parquet").stat().st_mtime_ns
    found = measure(model, tiny.concept(), SMALL, folder)
    assert not counted.anything()
    assert (folder / "steerability.parquet").stat().st_mtime_ns > before
    pd.testing.assert_frame_equal(found.sweep, results.sweep, check_exact=True)
    pd.testing.assert_frame_equal(found.steerability, results.steerability, check_exact=True)
    for part in ("layer", "validation_slopes", "generations", "cosines"):
        assert found.cards[0][part] == results.cards[0][part]
    assert found.cards[0]["stages"] != results.cards[0]["stages"]


def test_a_layer_that_other_code_chooses_is_measured_with_all_that_depends_on_it(
    model, run, counted, monkeypatch, tmp_path
):
    folder, results = run
    other = (results.cards[0]["layer"] + 1) % 3
    other_code(monkeypatch, "measuring/layer")
    monkeypatch.setattr("steering.measuring.stages.choose_layer", lambda _: other)
    found = measure(model, tiny.concept(), SMALL, folder)
    assert found.cards[0]["layer"] == other
    assert counted.pairs == 0
    assert counted.replies == 1
    of_validation = results.items.loc[results.items["split"] == "validation", "item"]
    steered = found.sweep[found.sweep["multiplier"] != 0]
    assert counted.copies == (~steered["item"].isin(of_validation)).sum()
    afresh = measure(model, tiny.concept(), SMALL, tmp_path / "afresh")
    pd.testing.assert_frame_equal(found.sweep, afresh.sweep, check_exact=True)


def test_other_code_that_runs_the_model_is_refused_unless_asked_for(
    model, run, counted, monkeypatch
):
    folder, results = run
    other_code(monkeypatch, "forward")
    with pytest.raises(Refused, match=r"results of another plan \(other code\).*--fresh"):
        measure(model, tiny.concept(), SMALL, folder)
    assert not counted.anything()
    measure(model, tiny.concept(), SMALL, folder, fresh=True)
    assert counted.copies == all_copies(results)


def test_another_seed_is_refused_and_then_measures_what_is_drawn_by_it(model, run, counted):
    folder, results = run
    plan = replace(SMALL, seed=1)
    with pytest.raises(Refused) as refused:
        measure(model, tiny.concept(), plan, folder)
    assert str(refused.value).count(".") == 1
    assert "results of another plan (other seed)" in str(refused.value)
    assert not counted.anything()
    found = measure(model, tiny.concept(), plan, folder, fresh=True)
    drawn = ["random", "resampled", "shuffled", "perturbed"]
    asked = sum(plan.vectors_of(kind) * points(kind) for kind in drawn) * prompts_of(results)
    shifts = plan.resampled_shifts.items()
    there = sum(count * prompts_of(results, setting) for (_, setting), count in shifts)
    assert counted.copies == asked + points("resampled") * there
    # The pairs of BASE, of which resampled and shuffled vectors are made, and of the two other
    # settings in which shifts of the paper begin.
    assert counted.pairs == 3 * 2 * results.cards[0]["items"]["train"]
    assert counted.replies == 0
    of_seed = results.sweep["direction"].isin(drawn)
    same_rows(found.sweep, results.sweep[~of_seed])
    for kind in drawn:
        one, other = (
            results.sweep[results.sweep["direction"] == kind]["propensity"].to_numpy()
            for results in (found, results)
        )
        assert (one != other).any()


def test_without_vectors_of_pairs_another_seed_takes_no_pairs(model, counted, tmp_path):
    plan = replace(LEAST, resampled_vectors=0, shuffled_vectors=0)
    measure(model, tiny.concept(), plan, tmp_path / "run")
    counted.pairs = 0
    measure(model, tiny.concept(), replace(plan, seed=5), tmp_path / "run", fresh=True)
    assert counted.pairs == 0


def test_another_setting_that_leaves_an_item_out_leaves_it_out_of_all(tmp_path):
    concept = tiny.concept()
    sizes = replace(LEAST, train_groups=None, test_groups=12)

    def lengths(setting):
        items = concept.of_split("train")
        prompts = [render(concept, one, setting, 0, tiny.tokenizer()) for one in items]
        return [prompt.read_position for prompt in prompts]

    # All fit in BASE; the longest of them do not behind the persona.
    context = max(lengths("USER_NEG"))
    assert max(lengths("BASE")) < context
    folder = str(tiny.save(tmp_path / "short", max_position_embeddings=context))
    measure(folder, concept, sizes, tmp_path / "run")
    more = replace(sizes, settings=("BASE", "USER_NEG"))
    found = measure(folder, concept, more, tmp_path / "run", fresh=True)
    assert found.cards[0]["skipped"]["too_long"] > 0
    afresh = measure(folder, concept, more, tmp_path / "afresh")
    pd.testing.assert_frame_equal(found.sweep, afresh.sweep, check_exact=True)
