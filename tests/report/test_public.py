"""A real data set goes through the same door: the concept notebook on a public persona set."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest

from steering.clone import notebooks_folder
from steering.report.execute import execute
from tests.support.miniature import LEAST

FOLDER = os.environ.get("STEERING_DATA")


@pytest.mark.skipif(not FOLDER, reason="STEERING_DATA names no folder of public data sets")
def test_the_concept_notebook_on_a_public_set(tmp_path: Path) -> None:
    file = min(Path(str(FOLDER)).rglob("persona/*.jsonl"))
    page = tmp_path / "page.ipynb"
    parameters = {
        "concept": file.stem,
        "runs": [
            {
                "model": "wren",
                "options": LEAST | {"settings": list(LEAST["settings"])},
                "out": str(tmp_path / "run"),
            }
        ],
    }
    execute(notebooks_folder() / "concept.ipynb", page, parameters, heading=file.stem)
    shown = nbformat.read(page, as_version=4)
    text = "\n".join(
        str(output.get("data", {}).get("text/markdown", ""))
        for cell in shown.cells
        for output in cell.get("outputs", [])
    )
    assert "the mean slope is" in text
    assert "Added once (λ = 1), it was measured to change the propensity by" in text
