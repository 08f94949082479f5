"""`run_jobs`: several concepts on one model, which is loaded once; the tables are the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from steering.concepts import load_concept
from steering.errors import Refused
from steering.measuring import measure as measuring
from steering.measuring import steps
from steering.measuring.job import Job, job_of
from steering.measuring.measure import Access, measure, run_jobs
from steering.models import loading
from steering.records.results import read_results
from steering.storage import LOCK_FILE, locked
from steering.vectors.files import load_vectors
from tests.support import tiny
from tests.support.small import LEAST, listing

# Two concepts of ours, and the tiny one between them.
NAMES = ("frugal", "thrift", "honest")
SIZES = replace(LEAST, settings=("BASE", "USER_NEG"))
TABLES = ("items", "prompts", "sweep", "steerability")


def concept_of(name: str):
    return tiny.concept() if name == "thrift" else load_concept(name)


@pytest.fixture(scope="module")
def one_by_one(model, tmp_path_factory) -> Path:
    top = tmp_path_factory.mktemp("one-by-one")
    for name in NAMES:
        measure(model, concept_of(name), SIZES, top / name)
    return top


@pytest.fixture
def jobs(model, tmp_path) -> Callable[[], list[Job]]:
    """The three jobs, as they are found anew each time."""
    return lambda: [job_of(model, concept_of(name), SIZES, tmp_path / name) for name in NAMES]


@pytest.fixture
def endless(model, tmp_path) -> Job:
    """A job of which no question fits the context of the model."""
    concept = tiny.concept()
    items = tuple(
        replace(item, layout=("word " * 2500 + item.layout[0], *item.layout[1:]))
        for item in concept.items
    )
    return job_of(model, replace(concept, name="endless", items=items), SIZES, tmp_path / "endless")


@pytest.fixture
def same_tables(one_by_one, tmp_path) -> Callable[..., None]:
    """Hold what was found of some concepts to what they give one by one, bit by bit."""

    def compare(names: Sequence[str] = NAMES) -> None:
        for name in names:
            found, wanted = (read_results([top / name]) for top in (tmp_path, one_by_one))
            for table in TABLES:
                one, other = getattr(found, table), getattr(wanted, table)
                pd.testing.assert_frame_equal(one, other, check_exact=True)
            for part in ("generations", "layer", "cosines", "vector_norms", "stages"):
                assert found.cards[0][part] == wanted.cards[0][part]
            ours, theirs = (
                load_vectors(top / name / "vector.safetensors") for top in (tmp_path, one_by_one)
            )
            assert ours[1] == theirs[1]
            torch.testing.assert_close(ours[0], theirs[0], atol=0, rtol=0)

    return compare


def test_the_tables_are_those_of_one_by_one_and_the_model_is_loaded_once(
    jobs, same_tables, model, monkeypatch
):
    loaded: list[str] = []
    load = loading.load_model
    monkeypatch.setattr(
        loading, "load_model", lambda name, **options: loaded.append(name) or load(name, **options)
    )
    assert run_jobs(jobs(), Access()) == {}
    assert loaded == [model]
    same_tables()
    assert all(job.complete for job in jobs())


def test_all_vectors_are_made_before_the_first_sweep(jobs, monkeypatch):
    done = []
    for name in ("begin", "finish"):
        step = getattr(steps, name)

        def noted(model, job, *more, name=name, step=step, **options):
            done.append((name, job.concept.name))
            return step(model, job, *more, **options)

        monkeypatch.setattr(steps, name, noted)
    run_jobs(jobs(), Access())
    assert done == [(step, name) for step in ("begin", "finish") for name in NAMES]


def test_one_that_is_refused_stops_no_other(jobs, endless, same_tables):
    first, *others = jobs()
    found = run_jobs([first, endless, *others], Access())
    assert list(found) == [endless.folder]
    assert "fits the context of" in str(found[endless.folder])
    assert not endless.folder.exists()
    same_tables()


def test_one_that_is_refused_in_its_sweeps_stops_no_other(jobs, same_tables, monkeypatch):
    finish = steps.finish

    def broken(model, job, *more):
        if job.concept.name == "thrift":
            raise Refused("its logits are not finite.")
        return finish(model, job, *more)

    monkeypatch.setattr(steps, "finish", broken)
    found = run_jobs(jobs(), Access())
    assert {folder.name: str(error) for folder, error in found.items()} == {
        "thrift": "its logits are not finite."
    }
    same_tables(("frugal", "honest"))


def test_a_single_job_that_is_refused_raises_it(endless, tmp_path):
    with pytest.raises(Refused, match="fits the context of"):
        run_jobs([endless], Access())
    assert list(tmp_path.iterdir()) == []


HOLDS = """
import sys
from pathlib import Path
from steering.storage import locked
with locked(Path(sys.argv[1]), "it is held."):
    print("held", flush=True)
    sys.stdin.read()
"""
TAKEN = r"^another measurement is running in '.*thrift': wait for it, or name another folder\.$"


@pytest.fixture
def elsewhere(tmp_path):
    """Another process, which holds the folder of the second job."""
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "thrift")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_that_another_process_holds_is_refused_for_its_job_alone(
    jobs, same_tables, elsewhere, tmp_path
):
    found = run_jobs(jobs(), Access())
    assert list(found) == [tmp_path / "thrift"]
    assert re.match(TAKEN, str(found[tmp_path / "thrift"]))
    assert [file.name for file in (tmp_path / "thrift").iterdir()] == [LOCK_FILE]
    same_tables(("frugal", "honest"))
    elsewhere.kill()
    elsewhere.wait()
    assert run_jobs([job for job in jobs() if not job.complete], Access()) == {}
    same_tables()
    assert not list(tmp_path.rglob(LOCK_FILE))


@pytest.mark.parametrize("fresh", [False, True])
def test_a_single_measurement_in_a_held_folder_is_refused(fresh, model, elsewhere, tmp_path):
    with pytest.raises(Refused, match=TAKEN):
        measure(model, tiny.concept(), SIZES, tmp_path / "thrift", fresh=fresh)
    assert [file.name for file in (tmp_path / "thrift").iterdir()] == [LOCK_FILE]


def test_while_jobs_are_measured_their_folders_are_held(jobs, monkeypatch):
    def tries(model, job, **_):
        for each in jobs():
            with pytest.raises(Refused, match="held"), locked(each.folder, "held"):
                pass
        raise Refused("enough is seen.")

    monkeypatch.setattr(steps, "begin", tries)
    found = run_jobs(jobs(), Access())
    assert {str(error) for error in found.values()} == {"enough is seen."}
    assert not any(job.folder.exists() for job in jobs())


def test_what_another_process_has_measured_just_before_is_not_replaced(
    model, one_by_one, tmp_path, monkeypatch
):
    @contextmanager
    def late(folder, sentence):
        shutil.copytree(one_by_one / "thrift", folder, dirs_exist_ok=True)
        with locked(folder, sentence):
            yield

    monkeypatch.setattr(measuring, "locked", late)
    with pytest.raises(Refused, match="holds results of another plan"):
        measure(model, tiny.concept(), replace(SIZES, seed=1), tmp_path / "run")
    assert set(listing(tmp_path / "run")) == set(listing(one_by_one / "thrift"))


class Interrupted:
    """A step of the measurement that is interrupted when it is taken for the so-manieth time."""

    def __init__(self, step: str, at: int):
        self.whole, self.at, self.calls = getattr(steps, step), at, 0

    def __call__(self, *asked, **options):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return self.whole(*asked, **options)


@pytest.mark.parametrize("moment", [("begin", 2), ("finish", 1), ("finish", 3)], ids=str)
def test_interrupted_it_goes_on_and_ends_the_same(moment, jobs, same_tables, counted, monkeypatch):
    step, at = moment
    with monkeypatch.context() as patch:
        patch.setattr(steps, step, Interrupted(step, at))
        with pytest.raises(KeyboardInterrupt):
            run_jobs(jobs(), Access())
    finished = [job.folder for job in jobs() if job.complete]
    assert len(finished) == (at - 1 if step == "finish" else 0)
    before = list(map(listing, finished))
    pairs = counted.pairs
    run_jobs([job for job in jobs() if not job.complete], Access())
    # What had been made of the vectors, or was complete, was not made again.
    assert (counted.pairs == pairs) == (step == "finish")
    assert list(map(listing, finished)) == before
    same_tables()
