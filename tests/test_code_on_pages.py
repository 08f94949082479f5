"""The pages of the book show code of the package by its names: each of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[1] / "book").glob("*.md"))
SHOWN = re.compile(r"^```\{literalinclude\} code/(\S+)\n(?::pyobject: (\S+)\n)?", re.M)


def missing(page: str, clone: Path) -> list[str]:
    """What a page shows of a file that does not have it, or of a file that is not there."""
    found = []
    for file, name in SHOWN.findall(page):
        if not (clone / file).is_file():
            found.append(file)
        elif name:
            body = ast.parse((clone / file).read_text(encoding="utf-8")).body
            if name not in {getattr(one, "name", "") for one in body}:
                found.append(f"{file}: {name}")
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_code_that_a_page_shows_is_there(path: Path, clone: Path) -> None:
    assert missing(path.read_text(encoding="utf-8"), clone) == []


def test_code_that_is_gone_is_found(clone: Path) -> None:
    page = "```{literalinclude} code/steering/forward/%s\n:pyobject: %s\n```\n"
    assert missing(page % ("copies.py", "Copies"), clone) == []
    assert missing(page % ("copies.py", "gone"), clone) == ["steering/forward/copies.py: gone"]
    assert missing(page % ("gone.py", "gone"), clone) == ["steering/forward/gone.py"]


def test_the_method_is_shown_by_its_code() -> None:
    method = next(path for path in PAGES if path.stem == "method")
    assert len(SHOWN.findall(method.read_text(encoding="utf-8"))) > 20
