"""The configuration: names, cores, and what decides that something is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from steering.clone import concepts_folder
from steering.errors import Refused
from steering.records.kinds import YOURS
from steering.report.configuration import configuration, model_entry, static_files
from tests.support import gguf_files, tiny


def test_names_are_fit_for_folders(tmp_path: Path) -> None:
    file = tmp_path / "my own (new) concept.jsonl"
    shutil.copy(concepts_folder() / "tidy" / "items.jsonl", file)
    config = configuration(["wren"], [str(file)], tmp_path, {})
    assert list(config["concepts"]) == ["my-own-new-concept"]
    assert config["concepts"]["my-own-new-concept"]["reference"] == str(file)
    assert config["concepts"]["my-own-new-concept"]["kind"] == YOURS
    assert "cautious" in config["models"]["wren"]["planted"]


def test_a_model_that_is_a_file_or_an_adapter_counts_all_its_files(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    gguf_files.write(file)
    base = tiny.save(tmp_path / "base")
    adapter = tiny.save_adapter(tmp_path / "adapter", str(base))
    entries = [model_entry(str(place), 10**6) for place in (file, adapter)]
    assert [entry["name"] for entry in entries] == ["tiny", "adapter"]
    assert entries[0]["files"] == [str(file)]
    found = {str(one) for place in (adapter, base) for one in place.iterdir()}
    assert set(entries[1]["files"]) == found


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


def test_the_book_is_bound_again_for_whatever_it_shows() -> None:
    names = {file.name for file in static_files()}
    assert {"house.md", "ndif.json", "settings.toml", "positions.py", "steering.css"} <= names
