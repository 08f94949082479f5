"""The page "From Python" documents all public names, and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import steering

PAGE = (Path(__file__).parents[1] / "book" / "api.md").read_text(encoding="utf-8")


def test_every_public_name_is_documented_once() -> None:
    assert sorted(re.findall(r"^\.\. auto\w+:: steering\.(\w+)$", PAGE, re.M)) == sorted(
        steering.__all__
    )


def test_what_is_documented_says_something() -> None:
    for name in steering.__all__:
        assert len(getattr(steering, name).__doc__) > 40, name


def test_the_example_uses_only_public_names() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    (imported,) = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    assert imported.module == "steering"
    assert {name.name for name in imported.names} <= set(steering.__all__)
