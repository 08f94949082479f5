"""The job of a page: its notebook, what it offers for download, what it tells the runner."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from steering.report.grid import Grid
from steering.report.jobs.page import closing, copy_data, wordless
from steering.report.pages import concept_page
from tests.support import miniature
from tests.support.grids import grid


def test_a_page_ends_with_where_its_data_are() -> None:
    page = grid().page("concepts/a")
    lines = closing(page).splitlines()
    assert lines[0] == "## Data and notebook"
    offered = re.findall(r"`[^`<]+ <([^>]+)>`", "\n".join(lines))
    assert offered[:-1] == [f"../{place}" for place in page.downloads]
    assert offered[-1] == "a.ipynb"
    assert "`notebooks/concept.ipynb`" in lines[-1]


def test_every_download_says_what_it_is() -> None:
    for page in grid(models=2).pages():
        offered = [line for line in closing(page).splitlines() if line.startswith("- ")]
        assert len(offered) == len(page.downloads) + 1
        assert all(line.count(": ") for line in offered)


def test_a_file_without_words_says_so(tmp_path: Path) -> None:
    made = replace(grid(models=2), out=tmp_path)
    page = made.page("concepts/a")
    first, second = made.models
    assert wordless(made, page) == set(), "nothing is measured yet"
    for model, text in ((first, ""), (second, "Is it so?")):
        run = made.run(model, "a")
        run.mkdir(parents=True)
        pd.DataFrame({"text": [text, text]}).to_parquet(run / "prompts.parquet")
    found = wordless(made, page)
    assert found == {f"data/{first}/a/{first}-a-{name}.parquet" for name in ("items", "prompts")}
    offered = [line for line in closing(page, found).splitlines() if line.startswith("- ")]
    without = [line for line in offered if "without their words" in line or "not its words" in line]
    assert len(without) == len([line for line in without if f"{first}-a-" in line]) == len(found)
    assert len(offered) == len(page.downloads) + 1
    assert "writes it whole" in closing(page, found).partition("</details>")[0], "beside the files"
    assert "writes it whole" not in closing(page)


@pytest.mark.notebook
def test_the_downloads_of_a_concept_are_its_run(tmp_path: Path) -> None:
    made = Grid.of(miniature.out() / "_build" / "report.json")
    model, concept = next(iter(made.models)), next(iter(made.concepts))
    page, run = made.page(concept_page(concept)), made.run(model, concept)
    copy_data(made, page, tmp_path)
    offered = {Path(place).name: tmp_path / place for place in page.downloads}
    slopes = pd.read_csv(offered[f"{model}-{concept}-steerability.csv"])
    table = pd.read_parquet(run / "steerability.parquet")
    assert set(slopes["direction"]) == {"contrastive"}
    assert len(slopes) == (table["direction"] == "contrastive").sum()
    card = json.loads(offered[f"{model}-{concept}-card.json"].read_text())
    assert card["concept"]["name"] == concept


def test_pages_import_no_torch(clone: Path) -> None:
    """All that notebooks import, and `measure` where all is measured, works without PyTorch."""
    cells = [
        cell.source
        for template in sorted((clone / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(template, as_version=4).cells
        if cell.cell_type == "code" and "import" in cell.source
    ]
    imports = [line for cell in cells for line in imports_of(cell)]
    assert len(imports) > 50
    code = "\n".join(
        [*imports, "import sys", "assert not {'torch', 'transformers'} & {*sys.modules}"]
    )
    subprocess.run([sys.executable, "-c", code], cwd=clone, check=True)


def imports_of(code: str) -> list[str]:
    """The import statements of some code, one a line."""
    tree = ast.parse(code)
    return [
        ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]


@pytest.mark.notebook
def test_a_concept_that_is_measured_is_read_without_torch() -> None:
    made = Grid.of(miniature.out() / "_build" / "report.json")
    parameters = made.page(concept_page(next(iter(made.concepts)))).parameters
    given = parameters["runs"][0] | {"concept": parameters["concept"]}
    code = (
        f"import sys; from steering import Plan, measure; given = {given!r}; "
        "measure(given['model'], given['concept'], Plan(**given['options']), given['out']); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
