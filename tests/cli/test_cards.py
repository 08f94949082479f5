"""`steering card`: which files it writes, and what it says of them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from steering.cli import cards, main
from steering.clone import measured_folder
from steering.records.reliability import read_reliability
from steering.report import cards as of_report
from tests.support import carded

Printed = Callable[..., list[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder, whose card is one that is at hand."""
    monkeypatch.setattr(of_report, "card_of", lambda run: carded.card())
    committed = measured_folder() / "runs" / "wren" / "openness"
    return Path(shutil.copytree(committed, tmp_path / "run"))


def refused(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["steering", "card", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    return ended.value.code


def test_a_run_gets_a_page_and_a_file_of_its_own(run: Path, printed: Printed) -> None:
    before = {file: file.read_bytes() for file in run.iterdir() if file.is_file()}
    told = printed("card", run)
    assert told[0].startswith("wren/openness: The vector moves the answer: ")
    names = [run / "reliability.json", run / "reliability.html"]
    assert told[1] == f"  {names[0]}, {names[1]}"
    assert read_reliability(names[0]) == carded.card()
    assert "steering verify reliability.json" in names[1].read_text(encoding="utf-8")
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize("name", ["a.json", "a.html"])
def test_a_file_that_is_named_is_the_only_one(name: str, run: Path, printed: Printed) -> None:
    out = run.parent / "new" / name
    assert printed("card", run, "--out", out)[1] == f"  {out}"
    assert [file.name for file in out.parent.iterdir()] == [name]
    assert not (run / "reliability.json").exists()


def test_a_report_gets_those_of_all_its_runs(run: Path, tmp_path: Path, printed: Printed) -> None:
    for form in ("runs", "said"):
        shutil.copytree(run, tmp_path / "book" / "_build" / form / "wren" / "openness")
    told = printed("card", tmp_path / "book")
    assert len(told) == 4
    folder = tmp_path / "book" / "cards" / "wren"
    assert {file.name for file in folder.iterdir()} == {"openness.json", "openness.html"}
    printed("card", tmp_path / "book", "--out", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "wren" / "openness.html").is_file()


def test_bad_input_ends_in_two_and_writes_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(monkeypatch, tmp_path / "none") == 2
    assert "holds no results" in capsys.readouterr().err
    place = tmp_path / "book" / "_build" / "runs" / "wren"
    for name in ("one", "two"):
        shutil.copytree(run, place / name)
    assert refused(monkeypatch, tmp_path / "book", "--out", tmp_path / "a.json") == 2
    assert "is one file, and" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert refused(monkeypatch, run, "--out", tmp_path / "file" / "a.json") == 2
    assert "could not be written" in capsys.readouterr().err
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"run", "book", "file"}


def test_exit_codes_of_verify_are_its_own() -> None:
    assert len({0, 1, 2, 3, 130, cards.DIFFERS, cards.ANOTHER}) == 7
