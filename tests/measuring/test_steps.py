"""The two steps of a measurement: interrupted anywhere it goes on; refused, it leaves nothing."""

from __future__ import annotations

import errno
import os
from dataclasses import replace

import pandas as pd
import pytest

from steering.errors import Refused
from steering.measuring import steps, sweeps
from steering.measuring.job import job_of
from steering.measuring.measure import measure
from steering.models.loading import load_model
from steering.records.tables import SETTINGS
from steering.vectors.files import load_vectors
from tests.support import tiny
from tests.support.small import LEAST, SMALL, counting


def test_an_interrupted_run_goes_on_and_ends_the_same(model, done, tmp_path, monkeypatch):
    _, results = done
    whole = sweeps.swept_apart
    calls = []

    def interrupted(*asked, **options):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(*asked, **options)

    monkeypatch.setattr(sweeps, "swept_apart", interrupted)
    again = tmp_path / "thrift"
    with pytest.raises(KeyboardInterrupt):
        measure(model, tiny.concept(), SMALL, again)
    assert not (again / "card.json").exists()
    assert len(list((again / "parts").glob("*.safetensors"))) == 3
    calls.clear()
    monkeypatch.setattr(
        sweeps,
        "swept_apart",
        lambda *asked, **options: calls.append(1) or whole(*asked, **options),
    )
    resumed = measure(model, tiny.concept(), SMALL, again)
    # Validation, map, and each setting with its controls; less three.
    assert len(calls) == 2 + len(SETTINGS) - 3
    pd.testing.assert_frame_equal(resumed.sweep, results.sweep, check_exact=True)
    assert not (again / "parts").exists()


def test_a_part_that_was_measured_is_not_measured_again(model, tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "PART", 2)
    plan = replace(LEAST, test_groups=3, validation_groups=1)
    expected = measure(model, tiny.concept(), plan, tmp_path / "whole").sweep
    counted = counting(monkeypatch)
    whole, calls = sweeps.swept_apart, []

    def interrupted(*asked, **options):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(*asked, **options)

    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "swept_apart", interrupted)
        with pytest.raises(KeyboardInterrupt):
            measure(model, tiny.concept(), plan, tmp_path / "run")
    before = counted.copies
    found = measure(model, tiny.concept(), plan, tmp_path / "run").sweep
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    in_two_goes = counted.copies
    counted.copies = 0
    measure(model, tiny.concept(), plan, tmp_path / "again")
    assert 0 < before < in_two_goes == counted.copies


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


def test_vectors_are_on_disk_when_the_first_step_is_done(model, counted, tmp_path):
    loaded = load_model(model)
    job = job_of(model, tiny.concept(), LEAST, tmp_path / "run")
    begun = steps.begin(loaded, job)
    assert counted.pairs > 0
    assert counted.copies == 0
    assert begun.layers == (0, 1, 2)
    assert begun.truth is None
    files = {file.name for file in (job.folder / "stages").iterdir()}
    assert files == {
        "stages.json", "vectors-BASE.safetensors", "vectors-other.safetensors",
        "vectors-BASE-resampled.safetensors", "vectors-BASE-shuffled.safetensors",
    }  # fmt: skip
    pairs = counted.pairs
    steps.finish(loaded, job, begun)
    assert counted.pairs == pairs
    assert job.complete
    tensors, about = load_vectors(job.folder / "vector.safetensors")
    assert set(tensors) == {f"BASE/{layer}" for layer in range(3)}
    assert about["operation"] == "add"


def test_a_disk_that_is_full_keeps_what_was_measured(model, counted, tmp_path, monkeypatch):
    write = steps.write

    def full(table, folder, name):
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise Refused("no room.") from error

    monkeypatch.setattr(steps, "write", full)
    with pytest.raises(Refused, match="no room"):
        measure(model, tiny.concept(), LEAST, tmp_path / "run")
    assert not (tmp_path / "run" / "card.json").exists()
    before = counted.copies, counted.pairs, counted.replies
    monkeypatch.setattr(steps, "write", write)
    measure(model, tiny.concept(), LEAST, tmp_path / "run")
    assert (counted.copies, counted.pairs, counted.replies) == before
