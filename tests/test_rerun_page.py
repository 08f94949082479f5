"""A user's walk through the page "Run it again": every command block on it is run, in its order."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from steering.analysis.summary import summary
from steering.cli import catalogue, main
from steering.concepts import load_concept
from steering.records.results import read_results
from steering.report import runner

PAGE = Path(__file__).parents[1] / "book" / "rerun.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
COMMANDS = [
    shlex.split(line) for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()
]
STEERING = [command[1:] for command in COMMANDS if command[0] == "steering"]
# Commands within a sentence, besides those that name a command alone, and how they are tried.
SENTENCES = re.sub(r"^```.*?^```$", "", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
WITHIN = {
    text
    for text in re.findall(r"`([^`]+)`", SENTENCES)
    if re.match(r"(steering|make|pip|source) ", text)
} - {"steering measure", "steering report"}
# The walk measures little of everything: what is shown is the same.
FEW = ["--test-groups", "2", "--train-groups", "4", "--layers", "4", "--settings", "BASE"]
SEEN = {
    "models": "wren",
    "check": "steered",
    "measure": "mean slope (95 %)|Nothing is missing",
    "report": "The book is complete|In all about",
    "generate": "reply",
    "predict": "pooled standard deviations apart",
    "vectors": "hook_point: block output",
    "concepts": "items|licence",
    "card": "reliability.html",
    "verify": "holds: ",
}


def test_the_first_block_makes_the_book_from_a_clone(tmp_path, clone):
    cloned, entered, made = COMMANDS[:3]
    assert cloned[:2] == ["git", "clone"]
    assert entered[0] == "cd"
    target = tmp_path / "steering"
    subprocess.run([*cloned[:2], "--quiet", str(clone), str(target)], check=True)
    again = [command for command in COMMANDS if command[0] == "make"]
    assert made in again
    within = [shlex.split(text) for text in WITHIN if text.startswith("make ")]
    for name, *arguments in [*again, *within]:
        dry = subprocess.run([name, "-n", *arguments], cwd=target, capture_output=True, check=True)
        assert (b"steering report" if arguments[0] == "book" else b"install.py") in dry.stdout


def test_every_command_is_one_that_this_walk_knows():
    assert {command[0] for command in COMMANDS} == {"git", "cd", "make", "steering", "papermill"}
    assert {command[0] for command in STEERING} == set(SEEN)


def named(command: Any) -> Iterator[str]:
    """Every option of a command line's commands."""
    yield from (name for parameter in command.params for name in parameter.opts)
    for below in getattr(command, "commands", {}).values():
        yield from named(below)


def test_options_and_commands_within_a_sentence_are_there():
    program = typer.main.get_command(main.app)
    spans = re.findall(r"`([^`]+)`", SENTENCES)
    options = {name for span in spans for name in re.findall(r"--[a-z][a-z-]+", span)}
    assert "--trust-remote-code" in options
    assert options - {*named(program), "--help"} == set()
    commands = {span.split()[1] for span in spans if re.match(r"steering [a-z]", span)}
    assert commands >= {"fetch", "report"}
    assert commands - {*program.commands} == set()


def test_commands_within_a_sentence_do_what_it_says(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(catalogue, "fetch_set", lambda one: asked.append(one.name) or "there")
    monkeypatch.setattr(runner, "report", lambda *_, options, **__: asked.append(options))
    # Nothing is measured here.
    monkeypatch.setattr(main, "planned", lambda *named, **_: sys.exit(asked.append(named[2])))
    expected = {
        "steering measure --help": lambda said: "--multipliers" in said and "--device" in said,
        "steering report … --full": lambda _: asked[-1]["test_groups"] is None,
        "steering measure … --form said": lambda _: asked[-1].form == "said",
        "steering fetch": lambda said: len(asked) > 30 and said.count(": there") == len(asked),
    }
    dots = {
        "report": "wren --alone",
        "measure": f"wren tidy --dry-run --out {tmp_path}",
        "fetch": "",
    }
    others = {text for text in WITHIN if not text.startswith("steering ")}
    assert {text for text in WITHIN if text.startswith("steering ")} == {*expected}
    for text, holds in expected.items():
        asked.clear()
        monkeypatch.setattr(sys, "argv", shlex.split(text.replace("…", dots[text.split()[1]])))
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code in (0, None)
        assert holds(capsys.readouterr().out), text
    # Of these, `make` is tried from a clone, above.
    extra = tomllib.loads((clone / "pyproject.toml").read_text())["project"]
    assert "adapters" in extra["optional-dependencies"]
    assert {text for text in others if not text.startswith("make ")} == {
        "pip install '.[adapters]'", "source .venv/bin/activate",
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_commands_do_what_the_page_says(tmp_path, clone, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STEERING_DATA", raising=False)
    (tmp_path / "book").symlink_to(clone / "book")
    # The book itself has tests of its own.
    monkeypatch.setattr(runner, "snakemake", lambda *_, **__: 0)
    for command in STEERING:
        few = FEW if command[0] == "measure" else []
        few = ["--tokens", "4"] if command[0] == "generate" else few
        monkeypatch.setattr(sys, "argv", ["steering", *command, *few])
        with pytest.raises(SystemExit) as ended:
            main.main()
        printed = capsys.readouterr()
        assert ended.value.code in (0, None), printed.err
        assert re.search(re.escape(SEEN[command[0]]).replace(r"\|", "|"), printed.out), command
    for folder in ("tidy", "early-riser"):
        results = read_results([tmp_path / "results" / folder])
        assert results.cards[0]["concept"]["name"] == folder
        pair = summary(results)[0]
        assert pair["low"] <= pair["mean"] <= pair["high"]
        assert 0 <= pair["anti_steerable_low"] <= pair["anti_steerable_high"] <= 1
    grid = json.loads((tmp_path / "results" / "book" / "_build" / "report.json").read_text())
    assert set(grid["concepts"]) == {"tidy", "frugal"}
    grid = json.loads((tmp_path / "results" / "named" / "_build" / "report.json").read_text())
    assert list(grid["models"]) == ["as-it-came", "first"]


def test_a_concept_folder_like_the_page_says(tmp_path, clone):
    (line,) = [text for kind, text in BLOCKS if kind == "json"]
    assert set(json.loads(line)) == {
        "question", "answer_matching_behavior", "answer_not_matching_behavior",
    }  # fmt: skip
    (about,) = [text for kind, text in BLOCKS if kind == "toml"]
    (tmp_path / "concept.toml").write_text(about, encoding="utf-8")
    example = (clone / "book" / "example" / "early-riser.jsonl").read_text(encoding="utf-8")
    (tmp_path / "items.jsonl").write_text(example + line, encoding="utf-8")
    concept = load_concept(tmp_path)
    assert len(concept.items) == 73
    assert concept.positive_persona == tomllib.loads(about)["positive_persona"]


@pytest.mark.notebook
def test_one_notebook_by_hand(tmp_path, clone):
    (command,) = [command for command in COMMANDS if command[0] == "papermill"]
    (tmp_path / "notebooks").symlink_to(clone / "notebooks")
    little = "items: 2, train_items: 4, layers: [4], settings: [BASE, USER_POS], replies: 0"
    vectors = "random_vectors: 3, resampled_vectors: 3, shuffled_vectors: 3"
    few = ["-y", f"options: {{{little}, {vectors}}}"]
    program = str(Path(sys.executable).with_name("papermill"))
    run = subprocess.run(
        [program, *command[1:], *few], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert (tmp_path / "results" / "notebook" / "card.json").is_file()
