"""When a page is made again: when what it is made from has changed, and never for a comment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from steering import source
from steering.clone import clone, notebooks_folder
from steering.records.matrix import matrix_file
from steering.report.staleness import data_hash, notebook_code, page_hash, run_hash
from steering.source import modules_used


def used(name: str) -> set[str]:
    code = notebook_code(notebooks_folder() / f"{name}.ipynb")
    return {str(file.relative_to(clone() / "steering")) for file in modules_used(code)}


def test_a_page_depends_on_the_modules_that_it_uses_and_no_others() -> None:
    assert {"measuring/measure.py", "forward/sweep.py", "figures/layers.py"} <= used("concept")
    assert "prompts/settings.toml" in used("concept")
    assert "figures/validation.py" in used("validation")
    unused = {"figures/brittleness.py", "forward/sweep.py", "report/runner.py"}
    assert not unused & used("validation")


@pytest.mark.parametrize("name", ["variability", "first_page", "across", "linearity"])
def test_pages_that_only_read_results_know_no_model(name: str) -> None:
    assert not {file for file in used(name) if file.startswith(("forward/", "measuring/"))}


def test_times_of_files_decide_nothing_and_contents_do(tmp_path: Path) -> None:
    template = notebooks_folder() / "cost.ipynb"
    data = tmp_path / "data.csv"
    data.write_text("1")
    before = page_hash(template, [data], {})
    os.utime(data, (1, 1))
    assert page_hash(template, [data], {}) == before
    assert page_hash(template, [data], {"other": 1}) != before
    data.write_text("2")
    assert page_hash(template, [data], {}) != before


def test_a_comment_makes_no_page_anew_and_code_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "steering"
    package.mkdir()
    (package / "__init__.py").write_text("")
    module = package / "one.py"
    monkeypatch.setattr(source, "PACKAGE", package)

    def hashed(text: str) -> str:
        module.write_text(text)
        source._read.cache_clear()
        return source.files_hash(modules_used("from steering.one import f"))

    plain = hashed("def f():\n    return 1\n")
    told = hashed('"""Told."""\n\n\ndef f():\n    """Return one."""\n    return 1  # indeed\n')
    assert told == plain
    assert hashed("def f():\n    return 2\n") != plain


def test_data_go_by_name_and_content(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_text("same")
    other.write_text("same")
    assert data_hash([one]) != data_hash([other])


def test_a_committed_run_is_its_files_and_what_others_do_beside_it(tmp_path: Path) -> None:
    run = tmp_path / "m" / "frugal"
    run.mkdir(parents=True)
    (run / "card.json").write_text("{}")
    alone = run_hash(run)
    beside = matrix_file(run)
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text("slopes")
    with_matrix = run_hash(run)
    (run / "card.json").write_text('{"layer": 3}')
    assert len({alone, with_matrix, run_hash(run)}) == 3
