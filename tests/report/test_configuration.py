"""The configuration: names, cores, and what decides that something is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from steering.cli.values import vectors_of
from steering.clone import concepts_folder, models_folder
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.models.catalogue import described
from steering.records.kinds import YOURS
from steering.report.configuration import (
    concept_entry,
    configuration,
    model_entry,
    static_files,
)
from steering.report.grid import Grid
from steering.report.pages import concept_page
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


def two_of_one_name(folder: Path) -> tuple[Path, Path]:
    """Two folders of models, as training leaves them: their last names are the same."""
    for name in ("one", "two"):
        shutil.copytree(models_folder() / "wren", folder / name / "final")
    return folder / "one" / "final", folder / "two" / "final"


def test_two_models_of_one_name_get_names_of_their_own(tmp_path: Path) -> None:
    one, two = two_of_one_name(tmp_path)
    with pytest.raises(Refused, match=rf"'final' in the book, like '{one}': .* NAME={two}\.$"):
        configuration([str(one), str(two)], ["tidy"], tmp_path, {})
    config = configuration([str(one), f"second={two}", "third=wren"], ["tidy"], tmp_path, {})
    references = {name: entry["reference"] for name, entry in config["models"].items()}
    assert references == {"final": str(one), "second": f"second={two}", "third": "third=wren"}
    hashes = [entry["identities"]["tidy"] for entry in config["models"].values()]
    assert len(set(hashes)) == 3
    assert "cautious" in config["models"]["third"]["planted"]


def test_names_that_differ_in_capitals_alone_are_one_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"'Wren' in the book, like 'wren': give one of them another"):
        configuration(["wren", "Wren=wren"], ["tidy"], tmp_path, {})


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


def test_embedded_models_that_lack_a_layer_choose_their_own(tmp_path: Path) -> None:
    depth = described("wren")["layers"]
    shutil.copytree(models_folder() / "wren", tmp_path / "mine")
    asked = {"layers": [depth], "seed": 1}
    config = configuration(["wren"], ["tidy"], tmp_path, asked)
    assert config["models"]["wren"]["options"] == {"seed": 1}
    assert Grid.of(config).options_of("wren", "tidy") == {"seed": 1}
    chosen = configuration(["wren"], ["tidy"], tmp_path, {"seed": 1})["models"]["wren"]
    assert chosen["identities"] == config["models"]["wren"]["identities"]
    with pytest.raises(Refused, match=rf"mine' has no layer {depth}: allowed are 0 to {depth - 1}"):
        configuration([str(tmp_path / "mine")], ["tidy"], tmp_path, asked)
    inside = configuration(["wren"], ["tidy"], tmp_path, {"layers": [depth - 1]})
    assert inside["models"]["wren"]["options"] == {"layers": [depth - 1]}


@pytest.mark.parametrize(
    ("options", "access", "sentence"),
    [
        ({"dtype": "float8"}, {}, "no dtype 'float8': allowed are float32"),
        ({}, {"device": "toaster"}, "device 'toaster' is not to be had here"),
    ],
)
def test_where_no_model_can_run_is_refused_at_once(
    options: dict[str, str], access: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=sentence):
        configuration(["wren"], ["tidy"], tmp_path, options, access=access)


def test_a_device_reaches_the_pages_and_asks_refused_jobs_again(tmp_path: Path) -> None:
    grids = [
        Grid.of(configuration(["wren"], ["tidy"], tmp_path, {}, access=access))
        for access in ({}, {"device": "cpu"})
    ]
    given = [grid.page(concept_page("tidy")).parameters["access"] for grid in grids]
    assert given == [{}, {"device": "cpu"}]
    assert grids[0].identity("wren", "tidy") == grids[1].identity("wren", "tidy")
    assert grids[0].batch_version("wren", 0) != grids[1].batch_version("wren", 0)


def test_a_vector_is_given_for_one_concept_or_for_all(tmp_path: Path) -> None:
    torch.save({4: torch.ones(64)}, tmp_path / "v.pt")
    (fields,) = vectors_of([str(tmp_path / "v.pt")], None).values()
    made, one, both = (
        configuration(["wren"], ["frugal", "tidy"], tmp_path, {}, vectors=vectors)
        for vectors in ({}, {"tidy": fields}, {"": fields})
    )
    grids = [Grid.of(config) for config in (made, one, both)]
    given = [[name for name in grid.concepts if grid.options_of("wren", name)] for grid in grids]
    assert given == [[], ["tidy"], ["frugal", "tidy"]]
    assert grids[1].options_of("wren", "tidy") == fields
    hashes = [config["models"]["wren"]["identities"] for config in (made, one, both)]
    assert hashes[0]["frugal"] == hashes[1]["frugal"] != hashes[2]["frugal"]
    assert hashes[0]["tidy"] != hashes[1]["tidy"] == hashes[2]["tidy"]
    # A run of ours stands in for what is said under our own vector alone.
    ours = [
        [name for name in one.concepts if "committed_said" in one.concepts[name]] for one in grids
    ]
    assert ours == [["frugal", "tidy"], ["frugal"], []]
    with pytest.raises(Refused, match="for concept 'honest', which the report is not about"):
        configuration(["wren"], ["tidy"], tmp_path, {}, vectors={"honest": fields})


def test_no_committed_run_stands_in_for_a_vector_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steering.report.configuration.stand_in", lambda *_, **__: tmp_path)
    assert "committed" in concept_entry(next(iter(public_sets())), ["wren"])
    assert "committed" not in concept_entry("tidy", [])


def test_the_book_is_bound_again_for_whatever_it_shows() -> None:
    names = {file.name for file in static_files()}
    assert {
        "house.md",
        "ndif.json",
        "config.yaml",
        "settings.toml",
        "positions.py",
        "steering.css",
    } <= names
