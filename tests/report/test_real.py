"""Real models in a report: shown from committed runs, beside what the report measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steering.records.kinds import PUBLIC, YOURS
from steering.report import real
from steering.report.grid import Grid
from steering.report.pages import concept_page
from steering.report.real import with_real_models

CONFIG = {
    "out": "/out",
    "models": {"wren": {"reference": "wren", "files": [], "planted": [], "identities": {}}},
    "concepts": {
        "frugal": {"title": "Frugal", "kind": "concepts of ours", "reference": "frugal"},
        "mine": {"title": "Mine", "kind": YOURS, "reference": "/mine.jsonl"},
    },
    "options": {},
    "concepts_per_job": None,
    "access": {},
}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Committed runs of a model on a concept of ours, two public sets, and a set called `mine`."""
    folders = {}
    for name, source in (
        ("frugal", "own"), ("interest-in-music", "public"), ("openness", "public"),
        ("mine", "public"),
    ):  # fmt: skip
        folders[name] = tmp_path / "smollm2" / name
        folders[name].mkdir(parents=True)
        concept = {"name": name, "title": name.title(), "source": source}
        (folders[name] / "card.json").write_text(json.dumps({"concept": concept}))

    spoken = tmp_path / "said" / "openness"
    spoken.mkdir(parents=True)
    (spoken / "card.json").write_text("{}")

    def committed(
        model: str, concepts: tuple[str, ...] = (), form: str = "chosen"
    ) -> dict[str, Path]:
        there = folders if form == "chosen" else {"openness": spoken}
        return {name: run for name, run in there.items() if not concepts or name in concepts}

    monkeypatch.setattr(real, "committed_runs", committed)
    return folders


def test_it_stands_beside_the_others_with_concepts_of_its_own(runs: dict[str, Path]) -> None:
    config = with_real_models(CONFIG, ["smollm2"])
    grid = Grid.of(config)
    assert list(grid.models) == ["wren", "smollm2"]
    # A concept of the reader's that happens to have the name of one is another concept.
    assert grid.concepts_of("smollm2") == ["frugal", "interest-in-music", "openness"]
    assert grid.concepts_of("wren") == ["frugal", "mine"]
    assert grid.concepts["openness"]["kind"] == PUBLIC
    assert grid.run("smollm2", "openness") == runs["openness"]
    assert grid.run("wren", "frugal") == Path("/out/_build/runs/wren/frugal")


def test_nothing_of_it_is_measured(runs: dict[str, Path]) -> None:
    grid = Grid.of(with_real_models(CONFIG, ["smollm2"]))
    assert grid.batches("smollm2") == []
    assert grid.compared("smollm2") == []
    assert grid.batches("wren") == [["frugal", "mine"]]


def test_one_page_shows_all_and_a_few_concepts_have_pages(runs: dict[str, Path]) -> None:
    grid = Grid.of(with_real_models(CONFIG, ["smollm2"]))
    names = [page.name for page in grid.of_model("smollm2")]
    some = ["interest-in-music", "frugal"]
    assert names == ["models/smollm2/variability", "models/smollm2/said"]
    # Openness, which wren was not asked about, is on the page of all of its concepts alone.
    assert grid.concepts_with_pages == ["frugal", "mine", "interest-in-music"]
    # What it says is shown of the concepts that it was asked about in free text.
    said = grid.page("models/smollm2/said")
    assert [Path(run).parent.name for run in said.parameters["said"]] == ["said"]
    assert said.parameters["runs"] == [str(runs["openness"])]
    assert grid.crossed("smollm2") == []
    page = grid.page("models/smollm2/variability")
    assert len(page.parameters["runs"]) == 3
    assert page.parameters["pages"] == sorted(some)
    assert page.needs == tuple(concept_page(name) for name in some)
    both = grid.page(concept_page("frugal")).parameters["runs"]
    assert [run["model"] for run in both] == ["wren", "smollm2"]
    assert [run["model"] for run in grid.page(concept_page("mine")).parameters["runs"]] == ["wren"]
    assert grid.page("models/wren/variability").parameters["pages"] == []
    across = grid.page("across")
    assert str(runs["openness"]) in across.parameters["runs"]


def test_of_named_concepts_only_these_are_shown(runs: dict[str, Path]) -> None:
    grid = Grid.of(with_real_models(CONFIG, ["smollm2"], ["frugal"]))
    assert grid.concepts_of("smollm2") == ["frugal"]
    assert with_real_models(CONFIG, ["smollm2"], ["tidy"]) == CONFIG


def test_who_names_it_measures_it(runs: dict[str, Path]) -> None:
    asked = {**CONFIG, "models": {"smollm2": CONFIG["models"]["wren"]}}
    assert with_real_models(asked, ["smollm2"]) == asked


def test_a_change_of_a_committed_run_makes_its_pages_again(runs: dict[str, Path]) -> None:
    before = Grid.of(with_real_models(CONFIG, ["smollm2"])).page("concepts/frugal")
    card = json.loads((runs["frugal"] / "card.json").read_text())
    (runs["frugal"] / "card.json").write_text(json.dumps({**card, "layer": 3}))
    after = Grid.of(with_real_models(CONFIG, ["smollm2"])).page("concepts/frugal")
    assert before.version != after.version
