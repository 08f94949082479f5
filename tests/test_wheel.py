"""A wheel, installed where there is no clone: what needs none works, all else says so.

The environment is a new one. The packages that the wheel depends on are those of this environment,
which are as pinned: nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from steering.concepts import own_concepts
from steering.models.catalogue import own_models

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
VERSION = PROJECT["version"]
FEW = ["--test-groups", "2", "--train-groups", "4", "--layers", "4", "--settings", "BASE"]


def plain() -> dict[str, str]:
    """The environment of a shell outside of the clone."""
    left_out = ("PYTHON", "STEERING", "COV")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
    return kept | {"COLUMNS": "200"}


def done(*command: object, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), cwd=at, env=plain(), capture_output=True, text=True, check=False
    )


def succeeded(*command: object, at: Path) -> str:
    ended = done(*command, at=at)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the files that git knows of, built without leaving anything in the clone."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = succeeded("git", "ls-files", "--cached", "--others", "--exclude-standard", at=clone)
    for name in listed.splitlines():
        if name.startswith(("steering/", "concepts/", "models/", "measured/predictors")) or (
            "/" not in name
        ):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((clone / name).read_bytes())
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", built]
    succeeded(sys.executable, "-m", "pip", "wheel", *options, source, at=source)
    (file,) = built.glob("steering-*.whl")
    return file


@pytest.fixture(scope="module")
def steering(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `steering` of a new environment with the wheel."""
    place = tmp_path_factory.mktemp("environment")
    succeeded(sys.executable, "-m", "venv", "--without-pip", place, at=place)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    succeeded(*pip, "--no-deps", "--no-index", wheel, at=place)
    inside = succeeded(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", at=place
    )
    # Only packages are found there: this environment's own link to the clone is not followed.
    (Path(inside.strip()) / "pinned.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin" / "steering"


def test_the_wheel_has_concepts_and_models_and_its_version(wheel: Path, clone: Path) -> None:
    assert wheel.name == f"steering-{VERSION}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name.removeprefix("steering/shipped/") for name in names if "/shipped/" in name}
    for folder in ("concepts", "models"):
        known = succeeded("git", "ls-files", folder, at=clone).splitlines()
        assert {name for name in shipped if name.startswith(folder)} == set(known)
    assert not [name for name in names if name.startswith(("tests/", "notebooks/", "training/"))]


COMMANDS = [
    ["models", "--plain"],
    ["concepts", "--planted", "--plain"],
    ["concepts", "check", "tidy"],
    ["measure", "wren", "tidy", "--out", "tidy", *FEW],
    ["export", "tidy", "--to", "gguf", "--out", "tidy.gguf"],
    ["vectors", "show", "tidy/vector.safetensors"],
    ["check", "wren"],
    ["generate", "wren", "tidy", "--prompt", "Hello", "--run", "tidy", "--tokens", "2"],
    ["predict", "wren", "tidy", "--train-groups", "4"],
    ["report", "wren", "--out", "book"],
    ["report", "--dry-run"],
]
# In one process: the package and PyTorch are imported once.
DRIVER = """
import json, sys
from typer.testing import CliRunner
from steering.cli.main import app
ended = [CliRunner().invoke(app, command) for command in json.loads(sys.argv[1])]
print(json.dumps([[one.exit_code, one.output, str(one.exception or "")] for one in ended]))
"""


@pytest.fixture(scope="module")
def walk(steering: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder in which the commands were run, and by command how each ended."""
    place = tmp_path_factory.mktemp("somewhere")
    shown = succeeded(steering.with_name("python"), "-c", DRIVER, json.dumps(COMMANDS), at=place)
    ended = json.loads(shown.splitlines()[-1])
    return place, {" ".join(c): one for c, one in zip(COMMANDS, ended, strict=True)}


@pytest.mark.parametrize("command", [" ".join(c) for c in COMMANDS if c[0] != "report"])
def test_what_needs_no_clone_works(command: str, walk: tuple[Path, dict[str, Any]]) -> None:
    place, ended = walk
    code, output, error = ended[command]
    assert (code, error) == (0, ""), output
    if command.startswith(("models", "concepts --planted")):
        assert output.split() == list(own_models() if "models" in command else own_concepts())
    elif command.startswith("measure"):
        card = json.loads((place / "tidy" / "card.json").read_text())
        assert card["versions"]["steering"] == VERSION
    elif command.startswith("export"):
        assert (place / "tidy.gguf").read_bytes().startswith(b"GGUF")


@pytest.mark.parametrize("command", [" ".join(c) for c in COMMANDS if c[0] == "report"])
def test_what_needs_the_clone_is_refused(command: str, walk: tuple[Path, dict[str, Any]]) -> None:
    place, ended = walk
    code, output, error = ended[command]
    assert (code, output) == (1, "")  # `main` makes exit code 2 and a sentence of it
    assert error.startswith("this needs a clone of the repository, and the package runs from ")
    assert not (place / "book").exists()


def test_the_command_says_it_in_one_sentence(steering: Path, tmp_path: Path) -> None:
    ended = done(steering, "report", at=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith("refused: this needs a clone of the repository")
