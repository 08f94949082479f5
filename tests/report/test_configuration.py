"""The configuration: names, cores, and what decides that something is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from steering.cli.options import vectors_of
from steering.clone import concepts_folder
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.records.kinds import YOURS
from steering.report.configuration import concept_entry, configuration, static_files
from steering.report.grid import Grid


def test_names_are_fit_for_folders(tmp_path: Path) -> None:
    file = tmp_path / "my own (new) concept.jsonl"
    shutil.copy(concepts_folder() / "tidy" / "items.jsonl", file)
    config = configuration(["wren"], [str(file)], tmp_path, {})
    assert list(config["concepts"]) == ["my-own-new-concept"]
    assert config["concepts"]["my-own-new-concept"]["reference"] == str(file)
    assert config["concepts"]["my-own-new-concept"]["kind"] == YOURS
    assert "cautious" in config["models"]["wren"]["planted"]


def test_no_run_takes_the_folder_of_the_matrix(tmp_path: Path) -> None:
    file = tmp_path / "matrix.jsonl"
    shutil.copy(concepts_folder() / "tidy" / "items.jsonl", file)
    with pytest.raises(Refused, match=r"would be called 'matrix' in the book.*another name"):
        configuration(["wren"], [str(file)], tmp_path, {})


def test_models_share_the_cores(tmp_path: Path) -> None:
    one = configuration(["wren"], ["tidy"], tmp_path, {}, cores=4)
    two = configuration(["wren", "linnet"], ["tidy"], tmp_path, {}, cores=4)
    assert one["models"]["wren"]["threads"] == 4
    assert {entry["threads"] for entry in two["models"].values()} == {2}


def test_a_concept_or_an_option_that_changes_changes_its_identity_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(concepts_folder() / "tidy", folder)

    def identities(options: dict[str, int]) -> dict[str, str]:
        config = configuration(["wren"], ["frugal", str(folder)], tmp_path / "book", options)
        found: dict[str, str] = config["models"]["wren"]["identities"]
        return found

    before = identities({})
    assert identities({}) == before
    assert all(identities({"seed": 1})[name] != before[name] for name in before)
    text = (folder / "concept.toml").read_text()
    changed = text.replace('positive_persona = "', 'positive_persona = "Indeed: ', 1)
    assert changed != text
    (folder / "concept.toml").write_text(changed)
    after = identities({})
    assert after["frugal"] == before["frugal"]
    assert after["mine"] != before["mine"]


def test_a_vector_is_given_for_one_concept_or_for_all(tmp_path: Path) -> None:
    torch.save({4: torch.ones(64)}, tmp_path / "v.pt")
    (fields,) = vectors_of([str(tmp_path / "v.pt")], None).values()
    made, one, both = (
        configuration(["wren"], ["frugal", "tidy"], tmp_path, {}, vectors=vectors)
        for vectors in ({}, {"tidy": fields}, {"": fields})
    )
    grids = [Grid.of(config) for config in (made, one, both)]
    given = [[name for name in grid.concepts if grid.options_of(name)] for grid in grids]
    assert given == [[], ["tidy"], ["frugal", "tidy"]]
    assert grids[1].options_of("tidy") == fields
    hashes = [config["models"]["wren"]["identities"] for config in (made, one, both)]
    assert hashes[0]["frugal"] == hashes[1]["frugal"] != hashes[2]["frugal"]
    assert hashes[0]["tidy"] != hashes[1]["tidy"] == hashes[2]["tidy"]
    with pytest.raises(Refused, match="for concept 'honest', which the report is not about"):
        configuration(["wren"], ["tidy"], tmp_path, {}, vectors={"honest": fields})


def test_no_committed_run_stands_in_for_a_vector_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steering.report.configuration.stand_in", lambda *_: tmp_path)
    assert "committed" in concept_entry(next(iter(public_sets())), ["wren"])
    assert "committed" not in concept_entry("tidy", [])


def test_the_book_is_bound_again_for_whatever_it_shows() -> None:
    names = {file.name for file in static_files()}
    assert {"house.md", "ndif.json", "settings.toml", "positions.py", "steering.css"} <= names
