"""The page "Use a vector elsewhere": its commands are run, and it leaves no tool out."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from steering.cli.main import app
from steering.vectors.tools import TOOLS

PAGE = (Path(__file__).parents[1] / "book" / "elsewhere.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S)
COMMANDS = [
    shlex.split(line)[1:] for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()
]
EXPORTS = [command for command in COMMANDS if command[0] == "export"]


def test_every_tool_has_a_recipe() -> None:
    assert {command[command.index("--to") + 1] for command in EXPORTS} == set(TOOLS)


@pytest.mark.parametrize("command", EXPORTS, ids=" ".join)
def test_the_commands_do_what_they_say(
    command: list[str], clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    measured, run, out, *_ = (COMMANDS[0][-1], *command[1:2], command[command.index("--out") + 1])
    assert run == measured
    (tmp_path / "results").mkdir()
    (tmp_path / run).symlink_to(clone / "measured" / "runs" / "wren" / Path(run).name)
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / out).stat().st_size > 100


def test_what_the_tools_are_told_is_what_the_command_says() -> None:
    """The page's recipes name the functions that the command line names."""
    text = " ".join(text for kind, text in BLOCKS if kind != "bash")
    for words in ("--control-vector ", "import_gguf(", ".set_control(", "SteeringVector(",
                  "lm-eval run --config "):  # fmt: skip
        assert words in text
        assert any(words in tool.use for tool in TOOLS.values())
    for kind, code in BLOCKS:
        if kind == "python":
            ast.parse(code)
