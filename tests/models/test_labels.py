"""Labels: NAME=MODEL gives a model its name, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.errors import Refused
from steering.models.labels import MOST, labelled


@pytest.mark.parametrize(
    ("given", "label", "model"),
    [
        ("wren", None, "wren"),
        ("mine=wren", "mine", "wren"),
        ("v2.0=/models/final", "v2.0", "/models/final"),
        ("模型_1=owner/name@main", "模型_1", "owner/name@main"),
        ("a=b=c", "a", "b=c"),
        ("./a=b", None, "./a=b"),
        ("/models/a=b/final", None, "/models/a=b/final"),
    ],
)
def test_what_stands_before_an_equals_sign_is_the_label(
    given: str, label: str | None, model: str
) -> None:
    assert labelled(given) == (label, model)


def test_a_folder_with_an_equals_sign_in_its_name_has_no_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert labelled("lr=1") == ("lr", "1")
    (tmp_path / "lr=1").mkdir()
    assert labelled("lr=1") == (None, "lr=1")


@pytest.mark.parametrize(
    "label", ["", ".", "..", "-x", ".hidden", "x.", "my model", "a*", "[v2]", "x" * (MOST + 1)]
)
def test_a_label_that_is_no_safe_name_of_a_file_is_refused(label: str) -> None:
    with pytest.raises(Refused, match=r"which is no safe name of a file: write NAME=MODEL"):
        labelled(f"{label}=wren")


def test_a_label_of_nothing_is_refused() -> None:
    with pytest.raises(Refused, match=r"'mine=' names none behind the equals sign"):
        labelled("mine=")
