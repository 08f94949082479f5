"""The job that binds the book: only whole pages, and all that they need beside them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from steering.report.execute import Unpublished
from steering.report.jobs.book import bind, build_html, unfinished
from tests.support.grids import grid


def notebook(path: Path, printed: str) -> Path:
    output = new_output("stream", name="stdout", text=printed)
    cell = new_code_cell("print()", execution_count=1, outputs=[output])
    nbformat.write(new_notebook(cells=[cell]), path)
    return path


def test_a_page_is_whole_or_says_why_not(tmp_path: Path) -> None:
    assert unfinished(tmp_path / "none.ipynb") == "is missing"
    assert unfinished(notebook(tmp_path / "whole.ipynb", "complete\n")) is None
    assert "did not print" in str(unfinished(notebook(tmp_path / "half.ipynb", "half\n")))


def test_a_book_with_a_missing_page_is_not_bound(tmp_path: Path) -> None:
    one = grid()
    one = type(one)(tmp_path, one.models, one.concepts)
    with pytest.raises(Unpublished, match="page index is missing"):
        bind(one)
    assert not (tmp_path / "_build" / "html").exists()


def test_a_warning_is_an_error_and_its_log_is_named(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "_config.yml").write_text("title: Book\nexecute:\n  execute_notebooks: 'off'\n")
    (source / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (source / "index.md").write_text("# Book\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(Unpublished, match=r"did not build cleanly: .*nowhere"):
        build_html(source, tmp_path / "out", tmp_path / "book.log")
    assert "nowhere" in (tmp_path / "book.log").read_text()


def test_where_pages_cannot_be_put_into_place_nothing_is_built(tmp_path: Path) -> None:
    def put() -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        build_html(tmp_path, tmp_path / "out", tmp_path / "book.log", put)
    assert not (tmp_path / "book.log").exists()
    assert not (tmp_path / "out").exists()
