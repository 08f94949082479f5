"""What is kept of a measurement: which stages are done, and whose folder it is."""

from __future__ import annotations

import json

import pytest

from steering.errors import Refused
from steering.measuring.kept import (
    Kept,
    identity_in,
    is_complete,
    is_without_results,
    remove_all,
    remove_parts,
    remove_results,
)
from steering.measuring.measure import measure
from steering.storage import LOCK_FILE, UNFINISHED
from tests.support import tiny
from tests.support.small import SMALL

WANTED = {
    "vectors/BASE": "1", "vectors/BASE/shuffled": "2", "sweep/validation/propensity": "3",
    "sweep/map/propensity": "4", "sweep/BASE/random/propensity": "5", "replies": "6",
}  # fmt: skip


def test_a_stage_is_done_under_its_own_identity_only(tmp_path):
    kept = Kept(tmp_path, WANTED)
    assert not kept.has("vectors/BASE")
    kept.add("vectors/BASE", "replies")
    assert kept.has("vectors/BASE", "replies")
    assert not kept.has("vectors/BASE", "sweep/map/propensity")
    assert not kept.has("a stage that is not wanted")
    assert not Kept(tmp_path, WANTED | {"vectors/BASE": "other"}).has("vectors/BASE")
    assert Kept(tmp_path, {"vectors/BASE": "1"}).has("vectors/BASE")


def test_a_folder_without_any_result_of_a_pass_is_told_from_one_with_some(tmp_path):
    assert is_without_results(tmp_path)
    kept = Kept(tmp_path, WANTED)
    kept.discard_stale()
    kept.settle(3)
    assert (tmp_path / "stages").is_dir()
    assert is_without_results(tmp_path), "what is done is only a list"
    kept.path("vectors/BASE", "safetensors").write_bytes(b"")
    assert not is_without_results(tmp_path)


def test_what_is_stale_is_struck_out(tmp_path):
    Kept(tmp_path, WANTED).add(*WANTED)
    changed = {name: one for name, one in WANTED.items() if name != "replies"}
    Kept(tmp_path, changed | {"vectors/BASE": "other"}).discard_stale()
    again = Kept(tmp_path, WANTED)
    assert not again.has("vectors/BASE")
    assert not again.has("replies")
    assert again.has("vectors/BASE/shuffled", "sweep/map/propensity")


def test_another_layer_strikes_out_what_was_measured_at_the_one_before(tmp_path):
    kept = Kept(tmp_path, WANTED)
    kept.add("vectors/BASE", "vectors/BASE/shuffled", "sweep/validation/propensity")
    kept.settle(1)
    kept.add(*WANTED)
    kept.discard_stale()
    kept.settle(1)
    assert kept.has(*WANTED)
    kept.settle(2)
    assert kept.has("vectors/BASE", "vectors/BASE/shuffled", "sweep/validation/propensity")
    for name in ("sweep/map/propensity", "sweep/BASE/random/propensity", "replies"):
        assert not kept.has(name)


def test_another_rendering_strikes_out_all_of_it_and_what_is_unfinished(tmp_path):
    kept = Kept(tmp_path, WANTED)
    kept.render("one")
    kept.add("vectors/BASE", "replies")
    kept.settle(1)
    kept.discard_stale()
    kept.render("one")
    assert kept.has("vectors/BASE")
    assert not kept.rendered_otherwise("one")
    assert kept.rendered_otherwise("two")
    # Where nothing is left that is wanted, nothing is contradicted.
    assert not Kept(tmp_path, {"vectors/BASE": "other"}).rendered_otherwise("two")
    kept.parts.mkdir()
    (kept.parts / "half.safetensors").write_text("")
    kept.render("one")
    assert kept.parts.is_dir()
    kept.render("two")
    assert not kept.has("vectors/BASE")
    assert not kept.has("replies")
    assert not kept.parts.exists()
    assert not kept.rendered_otherwise("two")


def test_every_stage_has_a_file_of_its_own(tmp_path):
    kept = Kept(tmp_path, WANTED)
    paths = [kept.path(name, "parquet") for name in WANTED]
    assert len(set(paths)) == len(WANTED)
    assert {path.parent for path in paths} == {tmp_path / "stages"}


def test_a_folder_is_complete_when_its_card_is_written(tmp_path):
    wanted = {"model": "m", "plan": {"seed": 0}}
    assert identity_in(tmp_path / "none") is None
    assert identity_in(tmp_path) is None
    (tmp_path / "plan.json").write_text(json.dumps(wanted))
    assert identity_in(tmp_path) == wanted
    assert not is_complete(tmp_path, wanted)
    (tmp_path / "card.json").write_text("{}")
    assert is_complete(tmp_path, wanted)
    assert not is_complete(tmp_path, wanted | {"model": "n"})


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("thesis.tex", "mine", "holds files that are no results of ours: name an empty folder"),
        ("plan.json", "{", "is not readable .*: remove the folder"),
    ],
)
def test_a_folder_of_something_else_is_refused(name, text, sentence, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(Refused, match=sentence):
        identity_in(tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Refused, match="is a file: name a folder"):
        identity_in(tmp_path / "file")


def test_a_lock_that_a_killed_process_has_left_is_no_foreign_file(tmp_path):
    (tmp_path / LOCK_FILE).touch()
    assert identity_in(tmp_path) is None


def test_a_plan_that_a_killed_process_was_writing_is_no_foreign_file(tmp_path):
    (tmp_path / f".plan.json.x{UNFINISHED}").write_text("{")
    assert identity_in(tmp_path) is None


def test_a_folder_with_other_files_is_left_alone(model, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(Refused, match="no results of ours"):
        measure(model, tiny.concept(), SMALL, tmp_path, fresh=True)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def filled(folder):
    for name in ("card.json", "plan.json", "sweep.parquet", "stages/a.parquet", "parts/b.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return folder


def left(folder):
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_results_parts_or_all_of_ours_are_removed(tmp_path):
    folder = filled(tmp_path / "run")
    remove_results(folder)
    assert left(folder) == {"plan.json", "stages/a.parquet", "parts/b.json"}
    remove_parts(folder)
    assert left(folder) == {"plan.json", "stages/a.parquet"}
    remove_all(filled(folder))
    assert not folder.exists()
    (filled(folder) / "thesis.tex").write_text("mine")
    remove_all(folder)
    assert left(folder) == {"thesis.tex"}
