"""A bench for bad input: a folder with a good model and concept, and cases that spoil something."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from steering.cli import main
from tests.support import tiny

YES_NO = ("answer_matching_behavior", "answer_not_matching_behavior")


def lines(count: int = 60, **changes: object) -> str:
    rows = []
    for number in range(count):
        answers = dict(zip(YES_NO, ("Yes", "No") if number % 2 else ("No", "Yes"), strict=True))
        rows.append(
            {"question": f'Would you say this?\n"I count to {number}"', **answers, **changes}
        )
    return "\n".join(json.dumps(row) for row in rows) + "\n"


@dataclass
class Bench:
    """A folder with all that the cases bring: `model`, `concept`, an `out` that is not there."""

    folder: Path
    source: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def model(self) -> str:
        return str(self.source)

    @property
    def concept(self) -> str:
        return self.file("good.jsonl", lines())

    def file(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def copy(self, change: Callable[[Path], object]) -> str:
        """A copy of the good model with one thing changed."""
        folder = self.folder / "model"
        shutil.copytree(self.source, folder)
        change(folder)
        return str(folder)

    def with_template(self, template: str, **options: object) -> str:
        tokenizer = tiny.tokenizer(template=template, **options)
        return self.copy(tokenizer.save_pretrained)

    def measure(self, model: str | None = None, concept: str | None = None, *more: str):
        return [
            "measure",
            model or self.model,
            concept or self.concept,
            "--out",
            str(self.out),
            *more,
        ]


# What makes the arguments of a command at a bench, and a pattern of the sentence that refuses them.
Case = tuple[Callable[[Bench], list[str]], str]


def config(**changes: object) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return changed


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        if file.is_file()
        else "folder"
        for file in folder.rglob("*")
    }


def said(text: str) -> str:
    """What was printed, without progress bars and the frames that typer draws."""
    plain = re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", "", text)
    return " ".join(line.strip() for line in plain.split("\n") if "it/s]" not in line)


def run_here(arguments: list[str], monkeypatch, capsys) -> tuple[int | str | None, str, str]:
    monkeypatch.setattr(sys, "argv", ["steering", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


def refused_in_one_sentence(case: Case, at: Bench, monkeypatch, capsys) -> None:
    """Hold a case to one sentence on stderr, exit code 2, and no trace on disk."""
    make, sentence = case
    arguments = make(at)
    before = contents(at.folder)
    capsys.readouterr()
    code, out, err = run_here(arguments, monkeypatch, capsys)
    assert code == 2
    assert out == ""
    assert re.search(sentence, said(err)), err
    assert "Traceback" not in err
    refusal = err[err.index("refused: ") :]
    assert refusal.count("\n") == 1
    assert refusal.endswith((".\n", "?\n"))
    assert contents(at.folder) == before
