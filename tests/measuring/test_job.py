"""A job: which concept, which other one, by which plan, and whether its folder may be used."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from steering.concepts import load_concept, statement_hash, unseen
from steering.errors import Refused
from steering.measuring.job import job_of, require_same_plan
from steering.measuring.measure import measure
from steering.records.reading import read
from tests.support import tiny
from tests.support.small import LEAST, SMALL, listing


def test_a_job_knows_what_it_is_of(model, done):
    folder, _ = done
    job = job_of(model, tiny.concept(), SMALL, folder)
    assert job.complete
    assert job.other_concept is not None
    assert job.other_concept.name == SMALL.other_concept
    assert job.identity == json.loads((folder / "plan.json").read_text())
    assert not job_of(model, tiny.concept(), replace(SMALL, seed=9), folder).complete
    assert not job_of(model, tiny.concept(), SMALL, folder.parent / "none").complete
    named = job_of(model, "honest", replace(SMALL, other_concept=""), folder)
    assert (named.concept.name, named.other_concept) == ("honest", None)


def test_another_plan_in_the_same_folder_is_refused_and_nothing_touched(model, done):
    folder, _ = done
    before = listing(folder)
    with pytest.raises(Refused, match=r"results of another plan \(other test_groups\).*--fresh"):
        measure(model, tiny.concept(), replace(SMALL, test_groups=5), folder)
    with pytest.raises(Refused, match=r"\(other other_concept\)"):
        measure(model, tiny.concept(), replace(SMALL, other_concept="frugal"), folder)
    with pytest.raises(Refused, match=r"\(other concept\)"):
        require_same_plan(job_of(model, tiny.concept(59), SMALL, folder))
    require_same_plan(job_of(model, tiny.concept(), SMALL, folder))
    assert listing(folder) == before


def test_fresh_replaces_another_plan(model, tmp_path):
    measure(model, tiny.concept(), LEAST, tmp_path / "run")
    other = replace(LEAST, test_groups=3)
    measure(model, tiny.concept(), other, tmp_path / "run", fresh=True)
    assert read(tmp_path / "run", "items").query("split == 'test'")["group"].nunique() == 3


def test_what_a_model_has_seen_in_training_is_not_measured(tmp_path):
    concept = load_concept("frugal")
    groups = {item.group for item in concept.items[::4]}
    kept = [statement_hash(item.statement) for item in concept.items if item.group in groups]
    folder = tiny.save(tmp_path / "tiny")
    (folder / "withheld.json").write_text(json.dumps({"frugal": kept}))
    sizes = replace(SMALL, test_groups=None)
    results = measure(str(folder), "frugal", sizes, tmp_path / "run")
    assert set(results.items["statement_hash"]) <= set(kept)
    assert len(results.items) > 6
    # Nor does the other concept's vector come from it.
    other = job_of(str(folder), "honest", replace(sizes, other_concept="frugal"), tmp_path / "no")
    assert {statement_hash(one.statement) for one in other.other_concept.items} == set(kept)
    # A concept of the user's own is no set that was learned, whatever its name.
    assert unseen(replace(concept, source="file"), frozenset(kept)).items == concept.items
