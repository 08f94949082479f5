"""Folders and files that results cannot be written to or read from: one sentence, no trace."""

from __future__ import annotations

import errno
import json
import os
import re

import pytest

from steering import storage
from tests.support.bench import Bench, Case, contents, refused_in_one_sentence, run_here, said


def other_plan(at: Bench) -> list[str]:
    at.file("out/plan.json", json.dumps({"model": "another", "plan": {}}))
    at.file("out/card.json", "{}")
    return at.measure()


CASES: dict[str, Case] = {
    "results of another plan": (
        other_plan,
        r"'.*out' holds results of another plan \(other .*model.*\): name another folder, or repl",
    ),
    "a file, not a folder": (
        lambda at: [at.file("out", "mine"), *at.measure()][1:],
        r"'.*out' is a file: name a folder for the results",
    ),
    "files of others": (
        lambda at: [at.file("out/thesis.txt", "mine"), *at.measure()][1:],
        r"'.*out' holds files that are no results of ours: name an empty folder",
    ),
    "a damaged plan": (
        lambda at: [at.file("out/plan.json", "{"), *at.measure()][1:],
        r"'.*plan\.json' is not readable .*: remove the folder",
    ),
    "below a file": (
        lambda at: ["measure", at.model, at.concept, "--out", at.file("mine", "x") + "/out"],
        r"'.*mine/out' could not be written \(Not a directory\): name a folder with room",
    ),
    "no vector file": (
        lambda at: ["vectors", "show", str(at.folder / "none.safetensors")],
        r"vector file '.*none\.safetensors' does not exist: name a safetensors file",
    ),
    "a damaged vector file": (
        lambda at: ["vectors", "show", at.file("vectors/a.safetensors", "mine")],
        r"'.*a\.safetensors' is not a readable safetensors file",
    ),
    "a run folder without results": (
        lambda at: [
            "generate", at.model, at.concept, "--prompt", "Hello", "--run", str(at.folder)
        ],
        r"'.*' has no card\.json: run `steering measure` into it first",
    ),
    "an empty prompt": (
        lambda at: ["generate", at.model, at.concept, "--prompt", " "],
        "a prompt is empty: say what",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written_is_said(reason, at, monkeypatch, capsys):
    def refuse(**_):
        raise OSError(reason, os.strerror(reason))

    arguments = at.measure()
    before = contents(at.folder)
    monkeypatch.setattr(storage.tempfile, "mkstemp", refuse)
    code, _, err = run_here(arguments, monkeypatch, capsys)
    assert code == 2
    assert f"could not be written ({os.strerror(reason)}): name a folder with room" in said(err)
    assert {name for name in contents(at.folder) if name not in before} <= {"out"}


def test_a_full_disk_leaves_only_whole_parts(at, monkeypatch, capsys):
    """A real limit on the size of files: every library meets it in its own way."""
    resource = pytest.importorskip("resource")
    arguments = at.measure(None, None, "--test-groups", "2", "--train-groups", "3", "--layers", "1")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (400, 2_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            code, _, err = run_here(arguments, monkeypatch, capsys)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert code == 2, err
        assert re.search(r"could not be written \(.*File too large.*\): name a folder", said(err))
        assert not (at.out / "card.json").exists()
        assert [file for file in at.out.rglob(".*") if file.is_file()] == []
