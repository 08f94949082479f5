"""The publishing rule: a page is there only if all of its notebook ran."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from steering.report.execute import Unpublished, execute

Notebook = Callable[..., Path]

pytestmark = pytest.mark.notebook

FAILURES = {
    "raises": (['raise ValueError("first line\\nno such concept: tidi")'], "no such concept: tidi"),
    "sys.exit": (["import sys; sys.exit(3)"], "SystemExit: 3"),
    "sys.exit(0)": (["import sys; sys.exit(0)"], "SystemExit: 0"),
    "kernel exits": (["import os; os._exit(0)", "1 + 1"], "kernel died"),
    "kernel exits in its last cell": (["1 + 1", "import os; os._exit(0)"], "kernel died"),
    "kernel killed": (["import os, signal; os.kill(os.getpid(), signal.SIGKILL)"], "kernel died"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_notebook_that_fails_is_not_published(
    case: str, notebook: Notebook, tmp_path: Path
) -> None:
    cells, reason = FAILURES[case]
    target = tmp_path / "pages" / "page.ipynb"
    with pytest.raises(Unpublished, match=reason) as failure:
        execute(notebook("print('so far')", *cells), target, {"value": 2})
    sentence = str(failure.value)
    assert "template.ipynb with value=2 was not published" in sentence
    assert "\n" not in sentence
    assert [path.name for path in target.parent.iterdir()] == ["page.log"]
    assert reason in (target.parent / "page.log").read_text()


def test_a_page_that_was_published_before_survives_a_failure(
    notebook: Notebook, tmp_path: Path
) -> None:
    target = tmp_path / "page.ipynb"
    target.write_text("the old page")
    with pytest.raises(Unpublished):
        execute(notebook("raise ValueError"), target, {})
    assert target.read_text() == "the old page"


def test_a_cell_that_runs_out_of_time_is_a_failure(notebook: Notebook, tmp_path: Path) -> None:
    with pytest.raises(Unpublished, match="ran out of time"):
        execute(notebook("import time; time.sleep(30)"), tmp_path / "page.ipynb", {}, timeout=1)
    assert not list(tmp_path.glob("page*.ipynb"))


@pytest.mark.parametrize(
    ("template", "parameters", "reason"),
    [
        ({"tag": "defaults"}, {"value": 2}, "no cell tagged `parameters`"),
        ({}, {"valu": 2}, "no parameter valu; it has value"),
        ({"sentinel": None}, {}, "not the sentinel"),
        ({"sentinel": "1 + 1"}, {}, "did not print 'complete'"),
    ],
)
def test_templates_that_papermill_lets_pass_are_refused(
    template: dict[str, str],
    parameters: dict[str, int],
    reason: str,
    notebook: Notebook,
    tmp_path: Path,
) -> None:
    with pytest.raises(Unpublished, match=reason):
        execute(notebook("value", **template), tmp_path / "page.ipynb", parameters)
    assert not list(tmp_path.glob("page*.ipynb"))


def test_a_complete_notebook_is_published(notebook: Notebook, tmp_path: Path) -> None:
    template = notebook(
        "import sys; print(value, sys.executable)",
    )
    target = tmp_path / "folder {with} braces" / "page.ipynb"
    execute(template, target, {"value": 2}, heading="Tidy", closing="The end.")
    cells = nbformat.read(target, as_version=4).cells
    assert cells[0].source == "# Tidy\n\nA question."
    output = next(cell.outputs[0].text for cell in cells if "print(value" in cell.source)
    assert output.split() == ["2", sys.executable]
    assert cells[-2].source == "The end."
    assert [path.name for path in target.parent.iterdir()] == ["page.ipynb"]


def test_a_text_without_a_word_is_not_shown_by_the_name_of_its_type(
    notebook: Notebook, tmp_path: Path
) -> None:
    template = notebook(
        "from IPython.display import Markdown; Markdown('')",
        "from IPython.display import Markdown; Markdown('*said*')",
    )
    execute(template, tmp_path / "page.ipynb", {"value": 2})
    cells = nbformat.read(tmp_path / "page.ipynb", as_version=4).cells
    empty, told = (cell for cell in cells if "Markdown(" in cell.source)
    assert empty.outputs == []
    assert told.outputs[0].data["text/markdown"] == "*said*"
