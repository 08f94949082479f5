"""Tiny notebooks to execute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

Notebook = Callable[..., Path]


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    """Writes a template: a heading, a parameters cell, the cells asked for, the sentinel."""

    def write(
        *cells: str,
        parameters: str = "value = 1",
        tag: str = "parameters",
        sentinel: str | None = 'print("complete")',
    ) -> Path:
        content = [
            new_markdown_cell("# Template\n\nA question."),
            new_code_cell(parameters, metadata={"tags": [tag]}),
            *[new_code_cell(cell) for cell in cells],
        ]
        if sentinel is not None:
            content.append(new_code_cell(sentinel, metadata={"tags": ["sentinel"]}))
        path = tmp_path / "template.ipynb"
        metadata = {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
        nbformat.write(new_notebook(cells=content, metadata=metadata), path)
        return path

    return write
