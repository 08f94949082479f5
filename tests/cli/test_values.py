"""What the text of an option says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from steering.cli.values import (
    concepts_of,
    layers_of,
    most,
    most_or_auto,
    numbers,
    vectors_of,
    whole,
)
from steering.errors import Refused


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("auto", "auto"),
        ("all", "all"),
        ("13", (13,)),
        ("5-8", (5, 6, 7, 8)),
        ("4-4", (4,)),
    ],
)
def test_layers_are_words_a_number_or_a_range(text: str, layers: str | tuple[int, ...]) -> None:
    assert layers_of(text) == layers


def test_concepts_are_separated_by_commas_but_for_those_of_a_path_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b").mkdir()
    for name in ("one.jsonl", "two, three.jsonl"):
        (tmp_path / "a,b" / name).write_text("")
    assert concepts_of("tidy") == ["tidy"]
    assert concepts_of("tidy,frugal") == ["tidy", "frugal"]
    assert concepts_of("a,b/one.jsonl") == ["a,b/one.jsonl"]
    whole = f"{tmp_path}/a,b/two, three.jsonl"
    assert concepts_of(f"tidy,{whole},a,b/one.jsonl,frugal") == [
        *("tidy", whole, "a,b/one.jsonl", "frugal")
    ]
    assert concepts_of("a,c/one.jsonl") == ["a", "c/one.jsonl"], "there is no such path"


@pytest.mark.parametrize("text", ["", "first", "5-2", "-3", "1,2", "1-2-3"])
def test_other_layers_are_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"^layers '.*' is none: allowed are auto, all, a layer"):
        layers_of(text)


def test_multipliers_are_sorted_and_none_comes_twice() -> None:
    assert numbers("1, -1.5,0,1.0") == (-1.5, 0.0, 1.0)
    for text in ("", "1,", "1;2", "one"):
        with pytest.raises(Refused, match="are not numbers: write them like"):
            numbers(text)


def test_the_most_groups_are_a_number_or_all() -> None:
    read = most("--test-groups")
    assert (read("1"), read("40"), read("all")) == (1, 40, 0)
    train = most_or_auto("--train-groups")
    assert (train("7"), train("all"), train("auto")) == (7, 0, "auto")
    for text in ("0", "-2"):
        with pytest.raises(Refused, match=f"--test-groups '{text}' is not allowed: whole numbers"):
            read(text)
    with pytest.raises(Refused, match=r"--seed '1\.5' is no whole number"):
        whole("--seed")("1.5")


def test_where_no_vector_is_given_none_is_read_and_pytorch_stays_away():
    code = (
        "import sys; from steering.cli.values import vectors_of; "
        "assert vectors_of((), None) == {}; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(Refused, match="--vector-layer 3 is of no vector"):
        vectors_of((), 3)
