"""Signs that a terminal lacks are spelt, and a number keeps its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from steering.cli.signs import spell_out, spelt

PROGRAM = "from steering.cli.main import main; main()"


@pytest.mark.parametrize(
    ("sign", "plain"),
    [
        ("−", "-"),
        ("→", "->"),
        ("λ", "lambda"),
        ("é", "e"),
        ("²", "2"),
        ("\u202f", " "),
        ("模", "?"),
    ],
)
def test_signs_are_spelt_in_ascii(sign: str, plain: str) -> None:
    assert spelt(sign) == plain


def test_a_stream_spells_only_what_it_cannot_encode() -> None:
    for encoding, written in (("ascii", b"lambda = -1.5"), ("utf-8", "λ = −1.5".encode())):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        spell_out(stream)
        stream.write("λ = −1.5")
        stream.flush()
        assert stream.buffer.getvalue() == written  # type: ignore[attr-defined]
    spell_out(io.StringIO())


def test_the_command_line_works_on_a_terminal_without_signs(clone: Path, tmp_path: Path) -> None:
    plain = {"PYTHONIOENCODING": "ascii"}
    shown = subprocess.run(
        [sys.executable, "-c", PROGRAM, "report", "--concepts", "λ", "--out", str(tmp_path)],
        env={**os.environ, **plain},
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 2
    assert "there is no concept 'lambda': allowed are" in shown.stderr.replace("\n", " ")
