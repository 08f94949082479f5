"""The README fits one screen, shows a picture, and names only what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from steering.cli.main import app


@pytest.fixture(scope="module")
def readme(clone: Path) -> str:
    return (clone / "README.md").read_text()


def test_one_screen(readme: str) -> None:
    assert len(readme.splitlines()) <= 60
    assert max(map(len, readme.splitlines())) <= 110


def test_picture(readme: str, clone: Path) -> None:
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", readme)
    assert pictures == ["book/landing.png"]
    picture = (clone / pictures[0]).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000


def test_links_within_the_repository(readme: str, clone: Path) -> None:
    links = [link for link in re.findall(r"\]\((.+?)\)", readme) if "://" not in link]
    folders = re.findall(r"`([\w.]+/\w*)`", readme)
    assert len(links) > 5
    assert [name for name in links + folders if not (clone / name).exists()] == []


def test_commands(readme: str, clone: Path) -> None:
    """Every command of the README exists, with the options that it shows."""
    targets = set(re.findall(r"^([a-z]+):", (clone / "Makefile").read_text(), re.M))
    named = re.findall(r"^make ([a-z]+)", readme, re.M)
    assert {"book", "test"} <= set(named) <= targets
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    shown = re.findall(r"steering (measure|report|[a-z]+) (?=[A-Z-])([^#\n]*)", readme)
    assert {"measure", "report"} <= {name for name, _ in shown}
    for name, arguments in shown:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", arguments)) <= known
