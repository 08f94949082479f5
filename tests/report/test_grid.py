"""The grid: which pages there are, which measurements come before them, and in which batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.grids import grid


def test_headings_name_the_model_where_there_are_several() -> None:
    assert grid().page("models/wren/variability").heading == "Variability in distribution"
    assert grid(2).page("models/finch/variability").heading == "Variability in distribution (finch)"


def test_a_concept_has_one_page_with_all_models_that_show_it() -> None:
    several = grid(2)
    several.models["finch"] = several.models["finch"] | {"concepts": ["b"], "pages": []}
    page = several.page("concepts/b")
    assert page.heading == "B"
    assert [run["out"] for run in page.parameters["runs"]] == [
        "/out/_build/runs/wren/b",
        "/out/_build/runs/finch/b",
    ]
    assert len(several.page("concepts/a").parameters["runs"]) == 1
    assert {name.split("/")[1] for name in page.downloads} == {"wren", "finch"}


def test_a_page_leads_to_the_card_of_each_model_that_it_shows() -> None:
    several = grid(2)
    several.models["finch"] = several.models["finch"] | {"concepts": ["b"], "pages": []}
    cards = {
        name: [run["card"] for run in several.page(f"concepts/{name}").parameters["runs"]]
        for name in "ab"
    }
    assert cards == {
        "a": ["../cards/wren/a.html"],
        "b": ["../cards/wren/b.html", "../cards/finch/b.html"],
    }
    assert {model: several.carded(model) for model in several.models} == {
        "wren": ["a", "b"],
        "finch": ["b"],
    }


def test_a_concept_without_a_page_in_any_model_has_none() -> None:
    one = grid()
    one.models["wren"] = one.models["wren"] | {"pages": ["a"]}
    assert one.concepts_with_pages == ["a"]
    assert "concepts/b" not in [page.name for page in one.pages()]
    assert one.page("models/wren/variability").parameters["pages"] == ["a"]


def test_no_validation_page_where_nothing_is_planted() -> None:
    bare = grid()
    bare.models["wren"] = bare.models["wren"] | {"planted": ["a"]}
    assert "models/wren/validation" in [page.name for page in bare.pages()]
    bare.models["wren"] = bare.models["wren"] | {"planted": []}
    assert "models/wren/validation" not in [page.name for page in bare.pages()]


def test_no_page_about_the_model_where_nothing_says_how_it_was_trained() -> None:
    bare = grid()
    page = bare.page("models/wren/embedded_model")
    assert page.parameters["reference"] == "m"
    bare.models["wren"] = bare.models["wren"] | {"files": ["m/config.json"]}
    assert "models/wren/embedded_model" not in [page.name for page in bare.pages()]


def test_all_concepts_of_a_model_are_one_batch_unless_they_are_divided() -> None:
    assert grid().batches("wren") == [["a", "b"]]
    divided = replace(grid(), concepts_per_job=1)
    assert divided.batches("wren") == [["a"], ["b"]]
    assert [divided.batch_of("wren", name) for name in "ab"] == [0, 1]


def test_what_a_committed_run_stands_in_for_is_not_measured() -> None:
    one = grid()
    one.concepts["a"] = one.concepts["a"] | {"committed": {"wren": "/measured/runs/wren/a"}}
    assert one.batches("wren") == [["b"]]
    assert one.batch_of("wren", "a") is None
    assert one.run("wren", "a") == Path("/measured/runs/wren/a")
    assert one.run("wren", "b") == Path("/out/_build/runs/wren/b")


def test_vectors_are_tried_on_each_others_questions_where_there_are_several() -> None:
    one = grid()
    assert one.compared("wren") == ["a", "b"]
    assert replace(one, concepts={"a": one.concepts["a"]}).compared("wren") == []
    one.concepts["a"] = one.concepts["a"] | {"committed": {"wren": "/measured/runs/wren/a"}}
    assert one.compared("wren") == ["b"], "a committed run cannot be asked anything"


def test_they_are_tried_again_when_any_of_the_runs_or_the_code_is_another() -> None:
    def version(identities: dict[str, str], code: str = "code") -> str:
        some = grid()
        entry = {"identities": identities, "matrix": code}
        some.models["wren"] = some.models["wren"] | entry
        return some.matrix_version("wren")

    before = version({"a": "1", "b": "2"})
    assert version({"b": "2", "a": "1"}) == before
    assert version({"a": "1", "b": "3"}) != before
    assert version({"a": "1", "b": "2"}, "other code") != before


def test_a_file_that_is_missing_is_known(tmp_path: Path) -> None:
    one = replace(grid(), out=tmp_path)
    folder = one.run("wren", "a").parent / "matrix"
    folder.mkdir(parents=True)
    (folder / "a.parquet").touch()
    assert one.matrix_missing("wren")
    (folder / "b.parquet").touch()
    assert one.matrix_missing("wren"), "what vectors do to what is said of a"
    said = one.run("wren", "a", "said").parent
    for place in ("matrix", "crossed"):
        (said / place).mkdir(parents=True)
        (said / place / "a.parquet").touch()
    assert not one.matrix_missing("wren")


def test_a_batch_is_measured_again_when_one_of_its_measurements_is_another() -> None:
    one, other = grid(), grid()
    for some, identities in ((one, {"a": "1", "b": "2"}), (other, {"a": "1", "b": "3"})):
        some.models["wren"] = some.models["wren"] | {"identities": identities}
    assert one.batch_version("wren", 0) != other.batch_version("wren", 0)
    pages = [some.page("concepts/a").version for some in (one, other)]
    assert pages[0] == pages[1]
    changed = [some.page("concepts/b").version for some in (one, other)]
    assert changed[0] != changed[1]
